import { HooklineError } from './errors.ts'

/** Arrays and objects inside one another beyond this are refused: they serve only to exhaust a reader. */
export const MAX_JSON_DEPTH = 100

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** The bytes as UTF-8, less a byte order mark. Throws `delivery_unparsable` where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new HooklineError('delivery_unparsable', 'The body is not valid UTF-8.')
  }
}

/**
 * The text as JSON. Throws `delivery_unparsable` where it is not JSON, or nested deeper than `MAX_JSON_DEPTH`.
 * Keys such as `__proto__` become plain own properties.
 */
export function parseJson(text: string): unknown {
  if (hasManyOpenings(text) && isDeeperThan(text, MAX_JSON_DEPTH)) {
    throw new HooklineError(
      'delivery_unparsable',
      `The JSON is nested deeper than ${MAX_JSON_DEPTH} levels.`,
    )
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    // The engine's own message quotes the text, so it is not passed on, nor kept as the cause.
    const position = /at position (\d+)/.exec(String(error))?.[1]
    const where = position === undefined ? '' : ` (at position ${position})`
    throw new HooklineError(
      'delivery_unparsable',
      text === '' ? 'The body is empty; JSON was expected.' : `The body is not valid JSON${where}.`,
    )
  }
}

// Ordinary bodies have few brackets, and counting them is much cheaper than the scan below.
function hasManyOpenings(text: string): boolean {
  let openings = 0
  for (const bracket of ['{', '[']) {
    let at = text.indexOf(bracket)
    while (at !== -1) {
      openings++
      if (openings > MAX_JSON_DEPTH) return true
      at = text.indexOf(bracket, at + 1)
    }
  }
  return false
}

function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) {
      index = endOfString(text, index)
    } else if ((code | 0x20) === 0x7b) {
      depth++
      if (depth > limit) return true
    } else if ((code | 0x20) === 0x7d) {
      depth--
    }
  }
  return false
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}
