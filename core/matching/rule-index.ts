import type { Match, RunningRule } from '../contracts/config.ts'
import type { StepBudget, WebhookEvent } from '../contracts/event.ts'
import { isHooklineError } from '../errors/errors.ts'
import { errorMessageOf } from '../kit/thrown.ts'
import { namesRequest } from './event-request.ts'

const MAX_FAULT_LENGTH = 300

interface Entry {
  readonly rule: RunningRule
  readonly position: number
}

/** Rules by source and dotted type. Rules on other sources and types cost an event nothing. */
export class RuleIndex {
  /** Whether a condition or the key of a policy may read the request of an event. */
  readonly readsRequest: boolean
  readonly #entries = new Map<string, Entry[]>()

  constructor(rules: readonly RunningRule[]) {
    this.readsRequest = rules.some(({ condition, policyKey }) =>
      [condition, policyKey].some((read) => namesRequest(read?.text ?? '')),
    )
    for (const [position, rule] of rules.entries()) {
      const entries = this.#entries.get(rule.on) ?? []
      entries.push({ rule, position })
      this.#entries.set(rule.on, entries)
    }
  }

  /** Rules whose `on` covers the event, in config order. `github.pull_request` covers `github.pull_request.opened`. */
  candidates(source: string, type: string): readonly RunningRule[] {
    const found = [...(this.#entries.get(source) ?? [])]
    const name = `${source}.${type}`
    for (let end = name.indexOf('.', source.length + 1); ; end = name.indexOf('.', end + 1)) {
      const entries = this.#entries.get(end < 0 ? name : name.slice(0, end))
      if (entries !== undefined) found.push(...entries)
      if (end < 0) break
    }
    if (found.length > 1) found.sort((one, other) => one.position - other.position)
    return found.map((entry) => entry.rule)
  }

  /** Evaluates the condition of each candidate. One that cannot be evaluated is recorded as a decision, and not thrown. */
  match(event: WebhookEvent, budget?: StepBudget): readonly Match[] {
    return this.candidates(event.source, event.type).map((rule) => ({
      rule,
      decision: decide(rule, event, budget),
    }))
  }
}

/** Why a rule counts as matched although its `changedFiles` could not be decided. */
export const JUDGED_LATER =
  '`changedFiles` needs the API of the provider: it is judged when the task is claimed'

/** Evaluates the condition of one rule for an event. */
export function decide(
  rule: Pick<RunningRule, 'id' | 'program' | 'version' | 'condition'>,
  event: WebhookEvent,
  budget: StepBudget | undefined,
): Match['decision'] {
  const { id, program, version } = rule
  const decision = { rule: id, program, version }
  if (rule.condition === null) return { ...decision, matched: true }
  try {
    if (rule.condition.evaluate(event, budget)) return { ...decision, matched: true }
    return { ...decision, matched: false, because: 'condition_false' }
  } catch (error) {
    // Judged when the task is claimed: nothing else is asked before the answer to the sender.
    if (isHooklineError(error) && error.code === 'changes_unknown') {
      return { ...decision, matched: true, error: JUDGED_LATER }
    }
    const isCostly = isHooklineError(error) && error.code === 'condition_too_costly'
    const because = isCostly ? error.code : 'condition_error'
    return { ...decision, matched: false, because, error: evaluationFault(error) }
  }
}

/** Why a condition or a key could not be evaluated, as a decision records it: the first line, at most 300 characters. */
export function evaluationFault(error: unknown): string {
  const message = errorMessageOf(error)
  return (message.split('\n', 1)[0] ?? '').slice(0, MAX_FAULT_LENGTH)
}
