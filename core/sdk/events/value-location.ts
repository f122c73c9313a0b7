import type { Delivery } from '../../contracts/delivery.ts'
import { pathReader } from './path.ts'
import type { JsonObject } from './payload.ts'

/**
 * Where a sender puts a value: a dotted path in the payload (`head_commit.message`, `commits.0.id`), a header, named as
 * the sender writes it, or a function for anything else. A header is seldom signed: prefer a path where both hold the
 * value.
 */
export type ValueLocation = string | { readonly header: string } | ValueReader

/** Finds a value in a payload, or in the headers (lower-case names) that came with it. */
export type ValueReader = (payload: JsonObject, headers: Delivery['headers']) => unknown

/** One location, or several: the first that has a value counts. */
export type ValueLocations = ValueLocation | readonly ValueLocation[]

/** Compiles locations, once: a reader of the first that has a value; undefined where none has. */
export function firstOf(...locations: readonly ValueLocation[]): ValueReader {
  const readers = locations.map(readerOf)
  const [only] = readers
  if (only !== undefined && readers.length === 1) return only
  return (payload, headers) => {
    for (const read of readers) {
      const value = read(payload, headers)
      if (value !== undefined && value !== null) return value
    }
    return undefined
  }
}

/** `firstOf` for one location or a list of them; undefined where none are declared. */
export function locationReader(locations: ValueLocations | undefined): ValueReader | undefined {
  return locations === undefined ? undefined : firstOf(...listOf(locations))
}

/** The first header among the locations, in lower case. */
export function headerOf(locations: ValueLocations): string | undefined {
  const found = listOf(locations).find((location) => typeof location === 'object')
  return found?.header.toLowerCase()
}

/** The first location, as messages name it. */
export function locationName(locations: ValueLocations): string {
  const [first] = listOf(locations)
  if (typeof first === 'string') return `\`${first}\` of the payload`
  return typeof first === 'object' ? `Header ${first.header}` : 'The event type'
}

function readerOf(location: ValueLocation): ValueReader {
  if (typeof location === 'function') return location
  if (typeof location === 'string') return pathReader(location)
  const name = location.header.toLowerCase()
  return (_, headers) => headers[name]
}

function listOf(locations: ValueLocations): readonly ValueLocation[] {
  return Array.isArray(locations) ? locations : [locations as ValueLocation]
}
