/** Label for sources and programs that are not in the config, so that senders cannot create labels. */
export const UNKNOWN = 'unknown'

/** The name itself if it is known, else `unknown`. */
export function labelOf(name: string, known: ReadonlyMap<string, unknown>): string {
  return known.has(name) ? name : UNKNOWN
}
