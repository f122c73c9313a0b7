import type { RunningProgram, RunningRule } from '../contracts/config.ts'
import type { PolicyKey } from '../contracts/policy.ts'

/** Rule of a task that a person asked for. No rule of a config can have this name. */
export const MANUAL_RULE = '@manual'
/** Source of its event, if none is given. No source of a config can have this name. */
export const MANUAL_SOURCE = '@manual'
/** Method of its delivery. No HTTP request has this method. */
export const MANUAL_METHOD = 'RUN'

/** A rule that runs a program on every event of a source. */
export function manualRule(
  { name, origin, settings }: RunningProgram,
  { source, policyKey }: { readonly source: string; readonly policyKey: PolicyKey | null },
): RunningRule {
  return {
    id: MANUAL_RULE,
    version: MANUAL_RULE,
    origin,
    on: source,
    program: name,
    condition: null,
    answer: 'accepted',
    expect: null,
    report: null,
    policyKey,
    policy: settings.policy,
    approval: null,
    steps: [],
  }
}
