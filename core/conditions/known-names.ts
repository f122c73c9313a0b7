import type { EventCatalog } from '../contracts/event.ts'
import type { KnownNames } from './expression.ts'

const EVERY_EVENT = '*'

/**
 * The facts that the events of a rule's `on` may have: any, if there is no catalogue, or if it is empty or lacks the
 * type.
 */
export function knownNames(on: string, catalog: EventCatalog | null): KnownNames {
  if (catalog === null) return { facts: null }
  const type = on.split('.').slice(1).join('.')
  const types = eventTypes(catalog)
  if (types.length === 0 && catalog[EVERY_EVENT] === undefined) return { facts: null }
  if (type !== '' && !isCatalogued(catalog, type)) return { facts: null }
  const related = types.filter((known) => type === '' || isRelated(known, type))
  const docs = [EVERY_EVENT, ...related].flatMap((known) =>
    Object.entries(catalog[known]?.facts ?? {}),
  )
  const factTypes = new Map(docs.map(([name, doc]) => [name, doc.type]))
  // Events may not agree on the type of a fact.
  for (const [name, doc] of docs) if (factTypes.get(name) !== doc.type) factTypes.delete(name)
  return { facts: new Set(docs.map(([name]) => name)), factTypes }
}

/** Whether a catalogue has a type, or one above or below it. An empty catalogue is taken to have all. */
export function isCatalogued(catalog: EventCatalog, type: string): boolean {
  const types = eventTypes(catalog)
  return types.length === 0 || types.some((known) => isRelated(known, type))
}

function eventTypes(catalog: EventCatalog): readonly string[] {
  return Object.keys(catalog).filter((type) => type !== EVERY_EVENT)
}

function isRelated(known: string, type: string): boolean {
  return known === type || known.startsWith(`${type}.`) || type.startsWith(`${known}.`)
}
