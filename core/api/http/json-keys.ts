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
 * The first key that an object has twice, or that is `__proto__`; null if there is none. The text must be valid JSON.
 * Of a repeated key, `JSON.parse` silently keeps the last.
 */
export function keyFault(json: string): KeyFault | null {
  const levels: Level[] = []
  let isKey = false
  let at = ''
  for (const [symbol] of json.matchAll(TOKEN)) {
    const level = levels.at(-1)
    if (symbol === '{' || symbol === '[') {
      const pointer = level?.keys === null ? `${level.pointer}/${level.index}` : at
      levels.push({ keys: symbol === '{' ? new Set() : null, index: 0, pointer })
      isKey = symbol === '{'
    } else if (symbol === '}' || symbol === ']') {
      levels.pop()
      isKey = false
    } else if (symbol === ',') {
      if (level !== undefined) level.index++
      isKey = level?.keys != null
    } else if (symbol !== ':' && isKey && level?.keys != null) {
      const key = JSON.parse(symbol) as string
      at = `${level.pointer}/${escapePointer(key)}`
      if (key === '__proto__') return { pointer: at, fault: 'forbidden' }
      if (level.keys.has(key)) return { pointer: at, fault: 'repeated' }
      level.keys.add(key)
      isKey = false
    }
  }
  return null
}

/** A key as one part of a JSON pointer (RFC 6901). */
export function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}
