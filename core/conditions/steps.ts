import { allowSteps, stepsLeft } from '../cel/steps.ts'
import type { StepBudget } from '../contracts/event.ts'
import { HooklineError } from '../errors/errors.ts'

/** Steps that one evaluation may take, about 20 ms of work. */
export const MAX_STEPS = 250_000
/** Steps of every evaluation that do not count against the budget that it shares with others. */
const OWN_STEPS = 5000

/** Runs one evaluation. Throws `condition_too_costly` if it takes too many steps, whatever it made of that. */
export function withinSteps<Value>(
  noun: string,
  budget: StepBudget | undefined,
  evaluate: () => Value,
): Value {
  const allowed = budget === undefined ? MAX_STEPS : Math.min(MAX_STEPS, OWN_STEPS + budget.left)
  allowSteps(allowed)
  try {
    const value = evaluate()
    if (stepsLeft() < 0) throw tooCostly(noun, allowed)
    return value
  } catch (error) {
    throw stepsLeft() < 0 ? tooCostly(noun, allowed) : error
  } finally {
    const taken = Math.min(allowed - stepsLeft(), allowed)
    if (budget !== undefined && taken > OWN_STEPS) budget.left -= taken - OWN_STEPS
  }
}

function tooCostly(noun: string, allowed: number): HooklineError {
  const shared =
    allowed < MAX_STEPS ? ', which is what the other rules of this delivery have left' : ''
  return new HooklineError(
    'condition_too_costly',
    `The ${noun} would take more than ${allowed} steps${shared}`,
  )
}
