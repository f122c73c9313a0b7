import type { StepBudget } from '../contracts/event.ts'
import { HooklineError } from '../errors/errors.ts'

/** Steps that one evaluation may take, about 20 ms of work. */
export const MAX_STEPS = 250_000
/** Steps of every evaluation that do not count against the budget that it shares with others. */
const OWN_STEPS = 5000

/** Thrown inside an evaluation. A macro may catch it, so every later step throws it again. */
class StepsExceeded extends Error {}

// Evaluations are synchronous and never nested, so one counter serves them all.
let allowed = 0
let left = 0

/** Counts steps of the evaluation under way. Throws when it has taken too many. */
export function spend(steps: number): void {
  left -= steps
  if (!(left >= 0)) throw new StepsExceeded()
}

/** Whether an error of an evaluation says that it took too many steps. */
export function isOverLimit(error: unknown): boolean {
  return error instanceof StepsExceeded
}

/** Steps that the evaluation under way may still take. */
export function stepsLeft(): number {
  return Math.max(0, left)
}

/** Runs one evaluation. Throws `condition_too_costly` if it takes too many steps, whatever it made of that. */
export function withinSteps<Value>(
  noun: string,
  budget: StepBudget | undefined,
  evaluate: () => Value,
): Value {
  allowed = budget === undefined ? MAX_STEPS : Math.min(MAX_STEPS, OWN_STEPS + budget.left)
  left = allowed
  try {
    const value = evaluate()
    if (left < 0) throw tooCostly(noun)
    return value
  } catch (error) {
    throw left < 0 ? tooCostly(noun) : error
  } finally {
    const taken = Math.min(allowed - left, allowed)
    if (budget !== undefined && taken > OWN_STEPS) budget.left -= taken - OWN_STEPS
  }
}

function tooCostly(noun: string): HooklineError {
  const shared =
    allowed < MAX_STEPS ? ', which is what the other rules of this delivery have left' : ''
  return new HooklineError(
    'condition_too_costly',
    `The ${noun} would take more than ${allowed} steps${shared}`,
  )
}
