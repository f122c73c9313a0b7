import { fail } from './errors.ts'
import { spend } from './steps.ts'
import { type AnyMap, MixedMap, Uint } from './values.ts'

/** The engine lists and adds the keys of a large map slowly. */
const KEY_STEPS = 4

/** The value of a key; undefined if the map has none. Numbers of different types are the same key. */
export function valueAt(map: AnyMap, key: unknown): unknown {
  if (map instanceof MixedMap) return map.entries.get(plainKey(key))?.[1]
  return typeof key === 'string' && Object.hasOwn(map, key) ? map[key] : undefined
}

/** Counts the steps of listing the keys. */
export function keysOf(map: AnyMap): readonly unknown[] {
  const keys =
    map instanceof MixedMap ? [...map.entries.values()].map(([key]) => key) : Object.keys(map)
  spend(keys.length * KEY_STEPS)
  return keys
}

/** Makes a map, and counts the steps. Throws for a key that is repeated or that is no text, integer or bool. */
export function mapOf(entries: readonly (readonly [key: unknown, value: unknown])[]): AnyMap {
  const found = new Map<unknown, readonly [key: unknown, value: unknown]>()
  let hasTexts = true
  spend(entries.length * KEY_STEPS)
  for (const entry of entries) {
    const [key] = entry
    if (typeof key === 'number' || plainKey(key) === undefined) {
      fail('unsupported_key_type', 'a key of a map is a string, an integer or a bool')
    }
    hasTexts &&= typeof key === 'string'
    if (found.has(plainKey(key))) fail('repeated_map_key', 'a map has a key twice')
    found.set(plainKey(key), entry)
  }
  return hasTexts ? (Object.fromEntries(found.values()) as AnyMap) : new MixedMap(found)
}

function plainKey(key: unknown): unknown {
  if (key instanceof Uint) return key.value
  if (typeof key === 'number') return Number.isInteger(key) ? BigInt(key) : undefined
  return ['string', 'bigint', 'boolean'].includes(typeof key) ? key : undefined
}
