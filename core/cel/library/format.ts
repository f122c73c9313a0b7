import { CHARACTERS_PER_STEP } from '../equality.ts'
import { fail } from '../errors.ts'
import { keysOf, valueAt } from '../maps.ts'
import { spend } from '../steps.ts'
import { type AnyMap, kindOf, type TypeValue, timeText, Uint } from '../values.ts'

/** As in cel-go, so that a text stays small. */
const MAX_PRECISION = 100
const CLAUSE = /%(?:(%)|(?:\.(\d{1,4}))?([a-zA-Z])?)/g

/**
 * Fills the clauses of a text (`%s`, `%d`, `%f`, `%e`, `%b`, `%o`, `%x`, `%X`) with the values of a list. Throws if one
 * is missing or cannot be written that way. https://github.com/google/cel-go/tree/master/ext#format
 */
export function formatText(text: string, values: readonly unknown[]): string {
  let next = 0
  return text.replace(CLAUSE, (_all, percent, precision, letter) => {
    if (percent !== undefined) return '%'
    const form = FORMS[letter ?? '']
    if (form === undefined) return fail('invalid_format', 'the text has an unknown clause')
    if (next >= values.length)
      return fail('invalid_format', 'the text has more clauses than values')
    const digits = precision === undefined ? 6 : Number(precision)
    if (digits > MAX_PRECISION)
      return fail('invalid_format', 'the precision of a clause is too high')
    const made = form(values[next++], digits)
    spend(1 + made.length / CHARACTERS_PER_STEP)
    return made
  })
}

type Form = (value: unknown, digits: number) => string

const FORMS: Readonly<Record<string, Form>> = {
  s: plain,
  d: (value) => {
    if (typeof value === 'number') return fraction(value, String)
    return String(integer(value, 'd'))
  },
  f: (value, digits) => fraction(double(value, 'f'), (number) => fixed(number, digits)),
  e: (value, digits) =>
    fraction(double(value, 'e'), (number) =>
      number.toExponential(digits).replace(/e([-+])(\d)$/, 'e$10$2'),
    ),
  b: (value) => {
    if (typeof value === 'boolean') return value ? '1' : '0'
    return integer(value, 'b').toString(2)
  },
  o: (value) => integer(value, 'o').toString(8),
  x: (value) => hex(value),
  X: (value) => hex(value).toUpperCase(),
}

function hex(value: unknown): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return integer(value, 'x').toString(16)
}

function integer(value: unknown, letter: string): bigint {
  if (typeof value === 'bigint') return value
  return value instanceof Uint ? value.value : cannotFormat(value, letter)
}

function double(value: unknown, letter: string): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Uint ? Number(value.value) : cannotFormat(value, letter)
}

function cannotFormat(value: unknown, letter: string): never {
  return fail('invalid_format', `%${letter} cannot write a value of type ${kindOf(value)}`)
}

function fraction(value: number, write: (value: number) => string): string {
  return Number.isFinite(value) ? write(value) : String(value)
}

/** Halves are rounded to even, as in Go; the engine rounds them up. */
function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits)
  const exact = value.toFixed(Math.min(MAX_PRECISION, digits + 60))
  const point = exact.indexOf('.') + 1 + digits
  const isHalf = /^50*$/.test(exact.slice(digits === 0 ? exact.indexOf('.') + 1 : point))
  if (!isHalf) return text
  const cut = exact.slice(0, digits === 0 ? exact.indexOf('.') : point)
  return /[02468]$/.test(cut) ? cut : text
}

function plain(value: unknown): string {
  switch (kindOf(value)) {
    case 'string':
      spend((value as string).length / CHARACTERS_PER_STEP)
      return value as string
    case 'list': {
      const list = value as readonly unknown[]
      spend(list.length)
      return `[${list.map(plain).join(', ')}]`
    }
    case 'map':
      return plainMap(value as AnyMap)
    case 'bytes':
      return new TextDecoder().decode(value as Uint8Array)
    case 'timestamp':
      return timeText(value as Date)
    case 'type':
      return (value as TypeValue).name
    case 'optional':
      return cannotFormat(value, 's')
    default:
      return String(value)
  }
}

function plainMap(map: AnyMap): string {
  const entries = keysOf(map).map((key) => [plain(key), plain(valueAt(map, key))] as const)
  const sorted = entries.toSorted(([one], [other]) => (one < other ? -1 : 1))
  return `{${sorted.map(([key, value]) => `${key}: ${value}`).join(', ')}}`
}
