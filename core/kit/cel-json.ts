import { Optional } from '@marcbachmann/cel-js'

/**
 * A CEL value as JSON, as the CEL specification converts it: bytes to base64, times and durations to text. Throws
 * `TypeError` for what JSON has no form for. https://protobuf.dev/programming-guides/json/
 */
export function celToJson(value: unknown): unknown {
  if (typeof value === 'bigint') return integer(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw noJson('a number that is none')
  if (typeof value !== 'object' || value === null) return primitive(value)
  if (JSON.isRawJSON(value)) return value
  if (value instanceof Optional) return value.hasValue() ? celToJson(value.value()) : null
  if (value instanceof Date) return value.toISOString()
  const simple: unknown = value.valueOf?.()
  // The library does not export its classes of uint and duration.
  if (typeof simple === 'bigint') return integer(simple)
  if (typeof simple === 'number') return `${simple / 1000}s`
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Set || Array.isArray(value)) return [...value].map(celToJson)
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(entries.map(([key, item]) => [String(key), celToJson(item)]))
}

function primitive(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw noJson(`a ${typeof value}`)
  return value ?? null
}

// Of 64 bits, a double holds only 53; written as it is, the number arrives whole.
function integer(value: bigint): unknown {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(String(value))
}

function noJson(what: string): TypeError {
  return new TypeError(`${what} cannot be written as JSON`)
}
