import type { EventCatalog } from '../contracts/event.ts'

const EVERY_EVENT = '*'

/** Whether the catalogue has a type, one above it or one below it; an empty catalogue says nothing of any. */
export function isCatalogued(catalog: EventCatalog, type: string): boolean {
  const types = typesOf(catalog)
  return types.length === 0 || types.some((known) => isRelated(known, type))
}

/**
 * Facts that events of a type (empty: of any type) may have. Null where the catalogue does not know: it is empty,
 * or lacks the type.
 */
export function catalogFacts(catalog: EventCatalog, type: string): ReadonlySet<string> | null {
  const types = typesOf(catalog)
  if (types.length === 0 && catalog[EVERY_EVENT] === undefined) return null
  if (type !== '' && !isCatalogued(catalog, type)) return null
  const related = types.filter((known) => type === '' || isRelated(known, type))
  return new Set(
    [EVERY_EVENT, ...related].flatMap((known) => Object.keys(catalog[known]?.facts ?? {})),
  )
}

function typesOf(catalog: EventCatalog): readonly string[] {
  return Object.keys(catalog).filter((type) => type !== EVERY_EVENT)
}

function isRelated(known: string, type: string): boolean {
  return known === type || known.startsWith(`${type}.`) || type.startsWith(`${known}.`)
}
