import type { RunningConfig } from '../../contracts/config.ts'
import type { CaseResult } from '../../trial/cases/run-case.ts'
import type { ClauseView } from '../../trial/clause-views.ts'

/** What no case has tried, as lines. */
export function uncovered(
  { rules }: Pick<RunningConfig, 'rules'>,
  results: readonly CaseResult[],
): readonly string[] {
  const matched = new Set<string>()
  const seen = new Map<string, Map<string, Set<string>>>()
  const events = results.flatMap(({ delivery }) => delivery?.events ?? [])
  for (const { rule, decision, current } of events.flatMap((event) => event.rules ?? [])) {
    if (decision?.matched) matched.add(rule)
    if (current?.clauses) note(current.clauses, seenOf(seen, rule))
  }
  return rules.flatMap(({ id }) => {
    if (!matched.has(id)) return [`${id}: no case matches it`]
    return [...(seen.get(id) ?? [])].flatMap(([text, outcomes]) =>
      ['true', 'false']
        .filter((one) => !outcomes.has(one))
        .map((one) => `${id}: \`${text}\` was never ${one}`),
    )
  })
}

function seenOf(seen: Map<string, Map<string, Set<string>>>, rule: string) {
  const known = seen.get(rule) ?? new Map<string, Set<string>>()
  seen.set(rule, known)
  return known
}

/** Only of the smallest clauses: the others follow from them. */
function note({ text, outcome, clauses }: ClauseView, seen: Map<string, Set<string>>): void {
  for (const inner of clauses) note(inner, seen)
  if (clauses.length > 0) return
  const outcomes = seen.get(text) ?? new Set()
  seen.set(text, outcomes.add(outcome))
}
