/** The label of a source or program that is not in the config: a sender can make no label of its own. */
export const UNKNOWN = 'unknown'

/** A name as a label. */
export function labelOf(name: string, known: ReadonlyMap<string, unknown>): string {
  return known.has(name) ? name : UNKNOWN
}
