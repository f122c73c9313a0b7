import { CODED_PER_STEP } from '../equality.ts'
import { fail } from '../errors.ts'
import { define } from '../functions.ts'
import { int, uint } from '../operators.ts'
import { timeText, typeValueOf, type Uint } from '../values.ts'
import { characterCost } from './strings.ts'

const TWO_63 = 2 ** 63
const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const NAMED_DOUBLES: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
}
const BOOLS: Readonly<Record<string, boolean>> = {
  ...{ '1': true, t: true, T: true, true: true, TRUE: true, True: true },
  ...{ '0': false, f: false, F: false, false: false, FALSE: false, False: false },
}
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function intOfDouble(value: number): bigint {
  if (Math.abs(value) < TWO_63) return BigInt(Math.trunc(value))
  return fail('numeric_overflow', 'the double is no int')
}

function uintOfDouble(value: number): Uint {
  if (value >= 0 && value < 2 * TWO_63) return uint(BigInt(Math.trunc(value)))
  return fail('numeric_overflow', 'the double is no uint')
}

function intOfText(text: string): bigint {
  if (/^[-+]?\d{1,25}$/.test(text)) return int(BigInt(text.replace('+', '')))
  return fail(
    'int_conversion_error',
    'int conversion error: the text is no whole number of 64 bits',
  )
}

function uintOfText(text: string): Uint {
  if (/^\d{1,25}$/.test(text)) return uint(BigInt(text))
  return fail(
    'uint_conversion_error',
    'uint conversion error: the text is no whole number of 64 bits',
  )
}

function doubleOfText(text: string): number {
  if (DECIMAL.test(text)) return Number(text)
  const named = NAMED_DOUBLES[text.replace(/^[-+]/, '').toLowerCase()]
  if (named === undefined)
    return fail('double_conversion_error', 'double conversion error: the text is no number')
  return text.startsWith('-') ? -named : named
}

function boolOfText(text: string): boolean {
  const value = Object.hasOwn(BOOLS, text) ? BOOLS[text] : undefined
  return value ?? fail('bool_conversion_error', 'bool conversion error: the text is no bool')
}

function textOfDouble(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}

/** Throws for bytes that are not UTF-8. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return fail('string_conversion_error', 'string conversion error: the bytes are not UTF-8')
  }
}

const same = (value: unknown) => value
const bytesCost = (bytes: Uint8Array) => bytes.length / CODED_PER_STEP
const epochSeconds = (time: Date) => BigInt(Math.floor(time.getTime() / 1000))

/** https://github.com/google/cel-spec/blob/master/doc/langdef.md#type-conversions */
export const CONVERSIONS = [
  define('type(dyn): type', ['type(1) == int', 'true'], typeValueOf),
  define('dyn(T): dyn', ['dyn(1) == 1.0', 'true'], same),
  define('bool(bool): bool', ['bool(true)', 'true'], same),
  define('bool(string): bool', ["bool('true')", 'true'], boolOfText),
  define('int(int): int', ['int(7)', '7'], same),
  define('int(uint): int', ['int(7u)', '7'], (value: Uint) => int(value.value)),
  define('int(double): int', ['int(7.9)', '7'], intOfDouble),
  define('int(string): int', ["int('42')", '42'], intOfText),
  define(
    'int(timestamp): int',
    ["int(timestamp('2026-01-02T00:00:00Z'))", '1767312000'],
    epochSeconds,
  ),
  define('uint(uint): uint', ['uint(7u)', '7u'], same),
  define('uint(int): uint', ['uint(7)', '7u'], (value: bigint) => uint(value)),
  define('uint(double): uint', ['uint(7.9)', '7u'], uintOfDouble),
  define('uint(string): uint', ["uint('42')", '42u'], uintOfText),
  define('double(double): double', ['double(1.5)', '1.5'], same),
  define('double(int): double', ['double(2)', '2.0'], (value: bigint) => Number(value)),
  define('double(uint): double', ['double(2u)', '2.0'], (value: Uint) => Number(value.value)),
  define('double(string): double', ["double('1e3')", '1000.0'], doubleOfText, characterCost),
  define('string(string): string', ["string('a')", "'a'"], same),
  define('string(bool): string', ['string(true)', "'true'"], String),
  define('string(int): string', ['string(42)', "'42'"], String),
  define('string(uint): string', ['string(42u)', "'42'"], String),
  define('string(double): string', ['string(1.5)', "'1.5'"], textOfDouble),
  define('string(bytes): string', ["string(b'abc')", "'abc'"], textOfBytes, bytesCost),
  define(
    'string(timestamp): string',
    ["string(timestamp('2026-01-02T03:04:05+01:00'))", "'2026-01-02T02:04:05Z'"],
    timeText,
  ),
  define('string(duration): string', ["string(duration('1m30s'))", "'90s'"], String),
  define('bytes(bytes): bytes', ["bytes(b'abc')", "b'abc'"], same),
  define(
    'bytes(string): bytes',
    ["bytes('abc')", "b'abc'"],
    (text: string) => new Uint8Array(Buffer.from(text)),
    characterCost,
  ),
]
