/** What is wrong with the keys of a JSON text. */
export interface KeyFault {
  /** JSON pointer (RFC 6901) of the key. */
  readonly pointer: string
  readonly fault: 'repeated' | 'forbidden'
}

interface Level {
  /** Null for a list. */
  readonly keys: Set<string> | null
  /** Of a list, the index of the item. */
  index: number
  pointer: string
}

// Strings first, so that brackets inside them are none.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/**
 * The first key that an object has twice (of which a parser keeps the last, in silence), or that is `__proto__`. For text
 * that is valid JSON; null where there is none.
 */
export function keyFault(json: string): KeyFault | null {
  const levels: Level[] = []
  let isKey = false
  let at = ''
  for (const [token] of json.matchAll(TOKEN)) {
    const level = levels.at(-1)
    if (token === '{' || token === '[') {
      const pointer = level?.keys === null ? `${level.pointer}/${level.index}` : at
      levels.push({ keys: token === '{' ? new Set() : null, index: 0, pointer })
      isKey = token === '{'
    } else if (token === '}' || token === ']') {
      levels.pop()
      isKey = false
    } else if (token === ',') {
      if (level !== undefined) level.index++
      isKey = level?.keys != null
    } else if (token !== ':' && isKey && level?.keys != null) {
      const key = JSON.parse(token) as string
      at = `${level.pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (key === '__proto__') return { pointer: at, fault: 'forbidden' }
      if (level.keys.has(key)) return { pointer: at, fault: 'repeated' }
      level.keys.add(key)
      isKey = false
    }
  }
  return null
}
