import type { EventCatalog, EventDoc, FactDoc, Facts, FactValue } from '../contracts/event.ts'
import { pathReader } from './path.ts'

/** One documented fact, and where a payload has it. */
export interface Fact extends FactDoc {
  readonly read: (payload: unknown) => unknown
}

/** The facts of one event type by name. */
export type FactTable = Readonly<Record<string, Fact>>

/** An event type: what it means, and its facts beside the ones every event of the source has. */
export interface EventFacts {
  readonly description: string
  readonly facts: FactTable
}

/** A fact of a source: `fact('string', 'Commit after the push', 'after')`, or a function in place of the path. */
export function fact(
  type: FactDoc['type'],
  description: string,
  from: string | ((payload: unknown) => unknown),
): Fact {
  return { type, description, read: typeof from === 'string' ? pathReader(from) : from }
}

/** Every fact of the table; null where the payload has none of the documented type. */
export function readFacts(table: FactTable, payload: unknown): Facts {
  const facts: Record<string, FactValue> = {}
  for (const [name, { type, read }] of Object.entries(table)) {
    const value = read(payload)
    facts[name] = typeof value === type ? (value as FactValue) : null
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
