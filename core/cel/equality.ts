import { noOverload } from './errors.ts'
import { keysOf, valueAt } from './maps.ts'
import { spend } from './steps.ts'
import {
  type AnyMap,
  Duration,
  kindOf,
  nanosOfTime,
  type Optional,
  type TypeValue,
  Uint,
} from './values.ts'

/** Characters that are compared, copied or searched in about the time of one step. */
export const CHARACTERS_PER_STEP = 64
/** Characters that become bytes, or bytes that become characters, in about the time of one step. */
export const CODED_PER_STEP = 8

/** Whether two values are equal, as CEL has it: numbers by their value, other values of different types never. */
export function equals(one: unknown, other: unknown): boolean {
  if (typeof one === 'string') return typeof other === 'string' && equalTexts(one, other)
  if (typeof one === 'boolean' || one === null) return one === other
  if (isNumeric(one)) return isNumeric(other) && equalNumbers(one, other)
  return typeof other === 'object' && other !== null && equalObjects(one as object, other)
}

function equalTexts(one: string, other: string): boolean {
  const { length } = one
  if (length >= CHARACTERS_PER_STEP && length === other.length) spend(length / CHARACTERS_PER_STEP)
  return one === other
}

type Numeric = number | bigint | Uint

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Uint
}

function equalNumbers(one: Numeric, other: Numeric): boolean {
  const left = one.valueOf()
  const right = other.valueOf()
  return typeof left === typeof right ? left === right : left <= right && left >= right
}

function equalObjects(one: object, other: object): boolean {
  const kind = kindOf(one)
  if (kind !== kindOf(other)) return false
  switch (kind) {
    case 'list':
      return equalLists(one as readonly unknown[], other as readonly unknown[])
    case 'map':
      return equalMaps(one as AnyMap, other as AnyMap)
    case 'bytes':
      return compareBytes(one as Uint8Array, other as Uint8Array) === 0
    case 'timestamp':
      return nanosOfTime(one as Date) === nanosOfTime(other as Date)
    case 'duration':
      return (one as Duration).nanos === (other as Duration).nanos
    case 'optional':
      return equalOptionals(one as Optional, other as Optional)
    default:
      return (one as TypeValue).name === (other as TypeValue).name
  }
}

function equalOptionals({ value: one }: Optional, { value: other }: Optional): boolean {
  return one === undefined || other === undefined ? one === other : equals(one, other)
}

function equalLists(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one === other) return true
  spend(1)
  if (one.length !== other.length) return false
  spend(one.length)
  return one.every((item, index) => equals(item, other[index]))
}

function equalMaps(one: AnyMap, other: AnyMap): boolean {
  if (one === other) return true
  spend(1)
  const keys = keysOf(one)
  if (keys.length !== keysOf(other).length) return false
  return keys.every((key) => {
    const value = valueAt(other, key)
    return value !== undefined && equals(valueAt(one, key), value)
  })
}

function compareBytes(one: Uint8Array, other: Uint8Array): number {
  spend(1 + Math.min(one.length, other.length) / CHARACTERS_PER_STEP)
  return Buffer.compare(one, other)
}

/** Less than 0 if `one` comes first, NaN if neither does. Throws for values that have no order. */
export function compare(one: unknown, other: unknown): number {
  if (typeof one === 'string' && typeof other === 'string') return compareTexts(one, other)
  if (isNumeric(one) && isNumeric(other)) return compareNumbers(one, other)
  if (typeof one === 'boolean' && typeof other === 'boolean') return Number(one) - Number(other)
  if (one instanceof Date && other instanceof Date) {
    return order(nanosOfTime(one), nanosOfTime(other))
  }
  if (one instanceof Duration && other instanceof Duration) return order(one.nanos, other.nanos)
  if (one instanceof Uint8Array && other instanceof Uint8Array) return compareBytes(one, other)
  return noOverload(`${kindOf(one)} and ${kindOf(other)} have no order`)
}

/** As the specification's tests have it, a double is compared with an integer as a double. */
function compareNumbers(one: Numeric, other: Numeric): number {
  const left = one.valueOf()
  const right = other.valueOf()
  if (typeof left === typeof right) return order(left, right)
  return order(Number(left), Number(right))
}

function order<Value extends number | bigint>(one: Value, other: Value): number {
  if (one < other) return -1
  if (one > other) return 1
  return one === other ? 0 : Number.NaN
}

const SURROGATE = /[\ud800-\udfff]/

/** By code points. The engine's own order differs for characters beyond 16 bits. */
function compareTexts(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  spend(length / CHARACTERS_PER_STEP)
  const left = one.slice(0, length)
  const right = other.slice(0, length)
  if (left === right) return one.length - other.length
  if (SURROGATE.test(left) || SURROGATE.test(right)) {
    spend(length / CODED_PER_STEP)
    return Buffer.compare(Buffer.from(left), Buffer.from(right))
  }
  return left < right ? -1 : 1
}
