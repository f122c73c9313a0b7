import type { Match, RunningRule } from '../contracts/config.ts'
import type { WebhookEvent } from '../contracts/event.ts'
import { evaluationFault } from './evaluation-fault.ts'

interface Entry {
  readonly rule: RunningRule
  readonly position: number
}

/** Rules by source and dotted type: the cost of an event does not grow with rules that cannot match it. */
export class RuleIndex {
  readonly #entries = new Map<string, Entry[]>()

  constructor(rules: readonly RunningRule[]) {
    for (const [position, rule] of rules.entries()) {
      const entries = this.#entries.get(rule.on) ?? []
      entries.push({ rule, position })
      this.#entries.set(rule.on, entries)
    }
  }

  /** Rules whose `on` covers the event: `github.pull_request` covers `github.pull_request.opened`. In order of the config. */
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

  /** Asks each candidate. A condition that cannot be evaluated is a recorded decision, not a fault. */
  match(event: WebhookEvent): readonly Match[] {
    return this.candidates(event.source, event.type).map((rule) => ({
      rule,
      decision: decide(rule, event),
    }))
  }
}

function decide(rule: RunningRule, event: WebhookEvent): Match['decision'] {
  const decision = { rule: rule.id, program: rule.program }
  if (rule.condition === null) return { ...decision, matched: true }
  try {
    if (rule.condition.evaluate(event)) return { ...decision, matched: true }
    return { ...decision, matched: false, because: 'condition_false' }
  } catch (error) {
    const fault = evaluationFault(error)
    return { ...decision, matched: false, because: 'condition_error', error: fault }
  }
}
