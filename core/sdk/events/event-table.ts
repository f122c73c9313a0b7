import type { Delivery } from '../../contracts/delivery.ts'
import type { EventCatalog, EventDoc, FactDoc, Facts, FactValue } from '../../contracts/event.ts'
import type { JsonObject } from './payload.ts'
import { firstOf, type ValueLocation, type ValueReader } from './value-location.ts'

/**
 * One fact: its type, its description and where its value is. Of several locations the first that has a value of that
 * type counts: `['string', 'Branch that was pushed', 'ref', 'push.ref']`.
 */
export type Fact = readonly [
  type: FactDoc['type'],
  description: string,
  location: ValueLocation,
  ...otherwise: readonly ValueLocation[],
]

/** Facts by name. */
export type FactTable = Readonly<Record<string, Fact>>

/** An event type: what it means, and the facts that it has beside those of `*` and of the types above it. */
export interface EventFacts {
  readonly description: string
  readonly facts: FactTable
}

/**
 * The event types of a source: each is its description alone, or its description and its facts. The facts of `*` are
 * those of every event; `issue` has facts of `issue.opened` too.
 */
export type EventTable = Readonly<Record<string, string | EventFacts>>

/** Computes the facts of an event. */
export type FactsReader = (type: string, payload: JsonObject, headers: Delivery['headers']) => Facts

interface CompiledFact {
  readonly name: string
  readonly read: (...from: Parameters<ValueReader>) => FactValue
}

/** Event types that have the same facts, each with its description. */
export function eventsWith<const Type extends string>(
  facts: FactTable,
  descriptions: Readonly<Record<Type, string>>,
): Readonly<Record<Type, EventFacts>> {
  const entries = Object.entries<string>(descriptions)
  return Object.fromEntries(
    entries.map(([type, description]) => [type, { description, facts }]),
  ) as Record<Type, EventFacts>
}

/** The documentation of an event table. */
export function catalogOf(events: EventTable): EventCatalog {
  return Object.fromEntries(
    Object.entries(events).map(([type, event]): [string, EventDoc] => [
      type,
      {
        description: typeof event === 'string' ? event : event.description,
        facts: Object.fromEntries(
          Object.entries(factsOf(event)).map(([name, [type, description]]) => [
            name,
            { type, description },
          ]),
        ),
      },
    ]),
  )
}

/**
 * Compiles an event table, once. An event gets every fact of `*`, of the types above its own and of its own type; a
 * fact is null where the payload has no value of the documented type. A number is a text too.
 */
export function factsReader(events: EventTable): FactsReader {
  const compiled = new Map(
    Object.entries(events).map(([type, event]) => [type, compile(factsOf(event))]),
  )
  return (type, payload, headers) => {
    const facts: Record<string, FactValue> = {}
    for (const name of ['*', ...typesAbove(type), type]) {
      for (const fact of compiled.get(name) ?? []) {
        facts[fact.name] = fact.read(payload, headers)
      }
    }
    return facts
  }
}

export function factsOf(event: string | EventFacts): FactTable {
  return typeof event === 'string' ? {} : event.facts
}

function compile(facts: FactTable): readonly CompiledFact[] {
  return Object.entries(facts).map(([name, [type, , ...locations]]) => ({
    name,
    read: readerOf(type, locations),
  }))
}

function readerOf(
  type: FactDoc['type'],
  locations: readonly ValueLocation[],
): CompiledFact['read'] {
  const readers = locations.map((location) => firstOf(location))
  return (payload, headers) => {
    for (const read of readers) {
      const value = factValue(read(payload, headers), type)
      if (value !== null) return value
    }
    return null
  }
}

function factValue(value: unknown, type: FactDoc['type']): FactValue {
  if (typeof value === type) return value as FactValue
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  if (!isNumber || type === 'boolean') return null
  return type === 'string' ? String(value) : value
}

/** `a` and `a.b` of `a.b.c`. */
export function typesAbove(type: string): readonly string[] {
  const above: string[] = []
  for (let end = type.indexOf('.'); end !== -1; end = type.indexOf('.', end + 1)) {
    above.push(type.slice(0, end))
  }
  return above
}
