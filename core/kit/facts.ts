import type { Delivery } from '../contracts/delivery.ts'
import type { EventCatalog, EventDoc, FactDoc, Facts, FactValue } from '../contracts/event.ts'
import { pathReader } from './path.ts'

/** One documented fact, and where a payload has it. */
export interface Fact extends FactDoc {
  readonly read: FactReader
}

/** Finds a value in a payload, or in the headers (lower-case names) it came with. */
export type FactReader = (payload: unknown, headers: Delivery['headers']) => unknown

/** The facts of one event type by name. */
export type FactTable = Readonly<Record<string, Fact>>

/** An event type: what it means, and its facts beside the ones every event of the source has. */
export interface EventFacts {
  readonly description: string
  readonly facts: FactTable
}

/**
 * A fact of a source: `fact('string', 'Commit after the push', 'after')`. In place of the path: `{ header }`, as the
 * sender writes it, or a function.
 */
export function fact(
  type: FactDoc['type'],
  description: string,
  from: string | { readonly header: string } | FactReader,
): Fact {
  return { type, description, read: readerOf(from) }
}

/** Event types that share their facts, each with its description. */
export function eventsWith(
  facts: FactTable,
  descriptions: Readonly<Record<string, string>>,
): Readonly<Record<string, EventFacts>> {
  return Object.fromEntries(
    Object.entries(descriptions).map(([type, description]) => [type, { description, facts }]),
  )
}

/** Every fact of the table; null where the payload has none of the documented type. */
export function readFacts(
  table: FactTable,
  payload: unknown,
  headers: Delivery['headers'] = {},
): Facts {
  const facts: Record<string, FactValue> = {}
  // A batch has many facts, and `Object.entries` makes a pair for each.
  for (const name of Object.keys(table)) {
    const fact = table[name]
    const value = fact?.read(payload, headers)
    facts[name] = typeof value === fact?.type ? (value as FactValue) : null
  }
  return facts
}

/** The catalogue that documents these event types. */
export function catalogOf(events: Readonly<Record<string, EventFacts>>): EventCatalog {
  const document = ({ description, facts }: EventFacts): EventDoc => ({
    description,
    facts: Object.fromEntries(
      Object.entries(facts).map(([name, { type, description }]) => [name, { type, description }]),
    ),
  })
  return Object.fromEntries(Object.entries(events).map(([type, event]) => [type, document(event)]))
}

function readerOf(from: string | { readonly header: string } | FactReader): FactReader {
  if (typeof from === 'function') return from
  if (typeof from === 'string') return pathReader(from)
  const name = from.header.toLowerCase()
  return (_, headers) => headers[name]
}
