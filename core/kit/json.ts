import { HooklineError } from '../errors/errors.ts'
import { parseKeepingDigits } from './exact-json.ts'

/** JSON that is nested deeper is refused: it only serves to exhaust a reader. */
export const MAX_JSON_DEPTH = 100

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENING_BRACE = 0x7b
const OPENING_BRACKET = 0x5b

/**
 * Parses JSON. Throws `delivery_unparsable` if the text is not JSON, or is nested deeper than `MAX_JSON_DEPTH`. Keys such
 * as `__proto__` become plain own properties, and large integers bigints, see `parseKeepingDigits`.
 */
export function parseJson(text: string): unknown {
  if (hasManyOpenings(text) && isDeeperThan(text, MAX_JSON_DEPTH)) {
    throw new HooklineError(
      'delivery_unparsable',
      `The JSON is nested deeper than ${MAX_JSON_DEPTH} levels.`,
    )
  }
  try {
    return parseKeepingDigits(text)
  } catch (error) {
    // The engine's message quotes the text, so it is neither passed on nor kept as the cause.
    const position = /at position (\d+)/.exec(String(error))?.[1]
    const where = position === undefined ? '' : ` (at position ${position})`
    throw new HooklineError(
      'delivery_unparsable',
      text === '' ? 'The body is empty; JSON was expected.' : `The body is not valid JSON${where}.`,
    )
  }
}

/** Whether JSON may have more values than a limit, counted without parsing it: commas and brackets outside texts. */
export function hasMoreValues(json: Uint8Array, limit: number): boolean {
  let values = 0
  let isText = false
  for (let index = 0; index < json.length; index++) {
    const byte = json[index]
    if (isText) {
      if (byte === BACKSLASH) index++
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) {
      isText = true
    } else if (byte === COMMA || byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      values++
      if (values > limit) return true
    }
  }
  return false
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
