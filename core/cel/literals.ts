import { CelError } from './errors.ts'
import { Uint } from './values.ts'

const MAX_INT = 2n ** 63n - 1n
const MAX_UINT = 2n ** 64n - 1n
const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}
const ESCAPE =
  /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([abfnrtv\\?"'`])|([\s\S]?))/g

/** The value of a number as it is written, with a minus in front if it has one. */
export function numberValue(text: string, at: number): number | bigint | Uint {
  const range = { start: at, end: at + text.length }
  const digits = text.replace(/^-/, '')
  if (/^0[xX]/.test(digits) ? false : /[.eE]/.test(digits)) {
    const value = Number(text)
    if (Number.isFinite(value)) return value
    throw new CelError('invalid_number', 'the number is too large', range)
  }
  const isUnsigned = /[uU]$/.test(digits)
  const size = BigInt(isUnsigned ? digits.slice(0, -1) : digits)
  const value = text.startsWith('-') ? -size : size
  if (isUnsigned ? value >= 0n && value <= MAX_UINT : value >= -MAX_INT - 1n && value <= MAX_INT) {
    return isUnsigned ? new Uint(value) : value
  }
  throw new CelError('invalid_number', 'the number does not fit into 64 bits', range)
}

/** The value of a text or of bytes as they are written, with their quotes and prefix. */
export function quotedValue(text: string, at: number): string | Uint8Array {
  const [, prefix = '', quote = ''] = /^([a-zA-Z]*)("""|'''|"|')/.exec(text) ?? []
  const inner = text.slice(prefix.length + quote.length, -quote.length)
  const isBytes = /b/i.test(prefix)
  if (/r/i.test(prefix)) return isBytes ? new Uint8Array(Buffer.from(inner)) : inner
  return isBytes ? bytesOf(inner, at) : textOf(inner, at)
}

function textOf(inner: string, at: number): string {
  return inner.replace(ESCAPE, (_all, hex, short, long, octal, simple, _other, offset: number) => {
    if (simple !== undefined) return SIMPLE[simple] ?? simple
    const digits = hex ?? short ?? long
    const code = digits === undefined ? Number.parseInt(octal, 8) : Number.parseInt(digits, 16)
    const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    return isCharacter ? String.fromCodePoint(code) : invalidEscape(at + offset)
  })
}

function bytesOf(inner: string, at: number): Uint8Array {
  const parts: Uint8Array[] = []
  let last = 0
  for (const match of inner.matchAll(ESCAPE)) {
    const [all, hex, short, long, octal, simple] = match
    parts.push(Buffer.from(inner.slice(last, match.index)))
    last = match.index + all.length
    if (simple !== undefined) parts.push(Buffer.from(SIMPLE[simple] ?? simple))
    else if (short !== undefined || long !== undefined) invalidEscape(at + match.index)
    else {
      const byte = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16)
      parts.push(Number.isNaN(byte) ? invalidEscape(at + match.index) : Uint8Array.of(byte))
    }
  }
  return new Uint8Array(Buffer.concat([...parts, Buffer.from(inner.slice(last))]))
}

function invalidEscape(at: number): never {
  const range = { start: at, end: at + 2 }
  throw new CelError('invalid_escape', 'the text has an invalid escape sequence', range)
}
