import { compileExplained, type Explain } from '../conditions/explanation.ts'
import type { RunningConfig, RunningRule } from '../contracts/config.ts'
import type { EventRequest, StepBudget, WebhookEvent } from '../contracts/event.ts'
import type { StoredEvent } from '../contracts/store.ts'
import type { Decision } from '../contracts/task.ts'
import { MANUAL_RULE } from '../matching/manual-rule.ts'
import { SHARED_STEPS } from '../matching/plan-events.ts'
import { decide, RuleIndex } from '../matching/rule-index.ts'
import { readStoredEvent } from '../matching/stored-event.ts'
import type { ClauseView, ClauseViews } from './clause-views.ts'
import { namesOf } from './event-catalog.ts'

/** What a rule decided about an event when it arrived, and what it decides now. */
export interface RuleExplanation {
  readonly rule: string
  readonly program: string
  /** When the event arrived. Null: there was no such rule for it. */
  readonly decision: Decision | null
  /** By the config in force. Null: it has no such rule for the event. */
  readonly current: CurrentDecision | null
  /** Whether the rule has changed since, in `on` or its condition. Null: not known. */
  readonly changed: boolean | null
}

export interface CurrentDecision extends Omit<Decision, 'taskId' | 'rule' | 'program'> {
  /** The text of the condition; null: the rule has none. */
  readonly condition: string | null
  /** Null: the rule has no condition, or a TypeScript function. */
  readonly clauses: ClauseView | null
}

/** Explains stored events by the rules in force. Compiles each condition once. */
export class EventExplainer {
  readonly #config: RunningConfig
  readonly #views: ClauseViews
  readonly #index: RuleIndex
  readonly #compiled = new Map<RunningRule, Explain>()

  constructor(config: RunningConfig, views: ClauseViews) {
    this.#config = config
    this.#views = views
    this.#index = new RuleIndex(config.rules)
  }

  /** The rules in force in the order of the config, then those that are gone. */
  explain(stored: StoredEvent, request: EventRequest): readonly RuleExplanation[] {
    const isManual = stored.decisions.some(({ rule }) => rule === MANUAL_RULE)
    if (isManual) return stored.decisions.map(withoutRule)
    const { event } = readStoredEvent(stored, request)
    const budget = { left: SHARED_STEPS }
    const gone = new Map(stored.decisions.map((decision) => [decision.rule, decision]))
    const present = this.#index.candidates(event.source, event.type).map((rule) => {
      const decision = gone.get(rule.id) ?? null
      gone.delete(rule.id)
      const current = this.#decideNow(rule, event, budget)
      const { id, program } = rule
      return { rule: id, program, decision, current, changed: hasChanged(rule, decision, current) }
    })
    return [...present, ...[...gone.values()].map(withoutRule)]
  }

  #decideNow(rule: RunningRule, event: WebhookEvent, budget: StepBudget): CurrentDecision {
    let clauses: ClauseView | null = null
    const explain = this.#explainOf(rule)
    const explaining = explain && {
      evaluate: () => {
        const { outcome, error, clause } = explain(event, budget)
        clauses = this.#views.view(clause)
        if (error !== null) throw error
        return outcome === 'true'
      },
    }
    const condition = rule.condition && { ...rule.condition, ...explaining }
    const { rule: _, program: __, ...decision } = decide({ ...rule, condition }, event, budget)
    return { ...decision, condition: condition?.text ?? null, clauses }
  }

  #explainOf(rule: RunningRule): Explain | null {
    const { condition, on } = rule
    if (condition === null || condition.text === '[function]') return null
    const explain =
      this.#compiled.get(rule) ?? compileExplained(condition.text, namesOf(on, this.#config))
    this.#compiled.set(rule, explain)
    return explain
  }
}

/** A decision whose rule is gone, or of a person who ran a program: no rule decided that. */
function withoutRule(decision: Decision): RuleExplanation {
  const { rule, program } = decision
  return { rule, program, decision, current: null, changed: rule !== MANUAL_RULE }
}

function hasChanged(
  { version, condition }: RunningRule,
  decision: Decision | null,
  current: CurrentDecision,
): boolean | null {
  if (decision === null) return true
  const isOtherVersion = decision.version !== version
  if (decision.version !== undefined && isOtherVersion) return true
  // The same code of a function may refer to other values, and an older release recorded no version.
  if (!isOtherVersion && condition?.text !== '[function]') return false
  return isOtherVersion && decision.matched !== current.matched ? true : null
}
