import type { KnownNames } from '../conditions/expression.ts'
import { knownNames } from '../conditions/known-names.ts'
import type { RunningConfig } from '../contracts/config.ts'
import { OWN_EVENTS, OWN_SOURCE } from '../own-events/catalog.ts'

/** The facts that a condition of a rule on these events may name, as for the loader; any, if the source is not known. */
export function namesOf(on: string, { sources }: Pick<RunningConfig, 'sources'>): KnownNames {
  const [source = ''] = on.split('.')
  const catalog = source === OWN_SOURCE ? OWN_EVENTS : sources.get(source)?.definition.events
  return knownNames(on, catalog ?? null)
}
