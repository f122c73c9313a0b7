// Not in TypeScript's own declarations yet: https://tc39.es/proposal-json-parse-with-source/
declare global {
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown
    rawJSON(text: string): object
    isRawJSON(value: unknown): boolean
  }
}

// Every `JSON.stringify` of this process, a plugin's too, writes a bigint with all of its digits.
Object.defineProperty(BigInt.prototype, 'toJSON', {
  configurable: true,
  writable: true,
  value(this: bigint) {
    return JSON.rawJSON(String(this))
  },
})

const MAX_INTEGER_DIGITS = 1000
const INTEGER = /^-?\d+$/
const INTEGER_DIGITS = 16
const QUOTE = 0x22
const ZERO = 0x30
const NINE = 0x39
const LARGE_EXPONENT = /\d[eE]\+?\d{3,}(?:[\s,}\]]|$)/

/**
 * As `JSON.parse`, but no id loses digits: an integer beyond 2^53 becomes a bigint. A number that no double can hold
 * (`1e400`, or an integer of more than 1000 digits) becomes its text. All other numbers are doubles.
 */
export function parseKeepingDigits(text: string): unknown {
  if (!mayHaveLargeInteger(text) && !LARGE_EXPONENT.test(text)) return JSON.parse(text)
  return JSON.parse(text, (_key, value, { source = '' }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    if (INTEGER.test(source) && source.length <= MAX_INTEGER_DIGITS) return BigInt(source)
    return Number.isFinite(value) ? value : source
  })
}

/**
 * Whether a text may hold an integer of 16 digits, which takes up every place that a multiple of 16 can be at: so only
 * those are looked at. A text in the JSON may look like one too; then parsing only takes longer.
 */
function mayHaveLargeInteger(text: string): boolean {
  for (let at = INTEGER_DIGITS - 1; at < text.length; at += INTEGER_DIGITS) {
    if (!isDigit(text, at)) continue
    let start = at
    while (isDigit(text, start - 1)) start--
    let end = at + 1
    while (isDigit(text, end)) end++
    if (end - start >= INTEGER_DIGITS && text.charCodeAt(start - 1) !== QUOTE) return true
    at = end - 1 - ((end - 1 - at) % INTEGER_DIGITS)
  }
  return false
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= ZERO && code <= NINE
}

/**
 * Parses JSON so that `JSON.stringify` returns every number as it was written. A number that a double cannot hold, such
 * as a large id, becomes an object for which `JSON.isRawJSON` is true.
 */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? JSON.rawJSON(source)
      : value,
  )
}
