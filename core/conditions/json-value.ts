import { keysOf, valueAt } from '../cel/maps.ts'
import { type AnyMap, Duration, kindOf, Optional, Uint } from '../cel/values.ts'

const MAX_JSON_VALUES = 1_000_000
const MAX_JSON_CHARACTERS = 64 * 2 ** 20

/**
 * Converts a CEL value to JSON as the CEL specification does: bytes to base64, times and durations to strings. Throws
 * `TypeError` for a value that JSON cannot hold, and for more than a million values or 64 Mi characters: an expression
 * can name one value many times. https://protobuf.dev/programming-guides/json/
 */
export function celToJson(value: unknown): unknown {
  return toJson(value, { values: 0, characters: 0 })
}

function toJson(value: unknown, size: { values: number; characters: number }): unknown {
  size.values++
  if (typeof value === 'string') size.characters += value.length
  if (size.values > MAX_JSON_VALUES || size.characters > MAX_JSON_CHARACTERS) {
    throw notJson('so large a value')
  }
  if (typeof value === 'bigint') return integer(value)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw notJson('a number that is not finite')
  }
  if (typeof value === 'function' || typeof value === 'symbol') throw notJson(`a ${typeof value}`)
  return typeof value === 'object' && value !== null ? objectToJson(value, size) : (value ?? null)
}

function objectToJson(value: object, size: { values: number; characters: number }): unknown {
  if (JSON.isRawJSON(value)) return value
  if (value instanceof Optional) return toJson(value.value, size)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Duration) return String(value)
  if (value instanceof Uint) return integer(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map((item) => toJson(item, size))
  if (kindOf(value) === 'type') throw notJson('a type')
  const map = value as AnyMap
  const entries = keysOf(map).map((key) => [String(key), toJson(valueAt(map, key), size)])
  return Object.fromEntries(entries)
}

// A double holds only 53 of 64 bits. Raw JSON keeps all digits.
function integer(value: bigint): unknown {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(String(value))
}

function notJson(what: string): TypeError {
  return new TypeError(`${what} cannot be written as JSON`)
}
