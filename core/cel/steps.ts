/** Thrown inside an evaluation. A part of it may catch this, so every later step throws it again. */
export class StepsExceeded extends Error {}

// Evaluations are synchronous and never nested, so one counter serves them all.
let left = Number.POSITIVE_INFINITY

/** Counts steps of the evaluation under way. Throws `StepsExceeded` when it has taken too many. */
export function spend(steps: number): void {
  left -= steps
  if (!(left >= 0)) throw new StepsExceeded()
}

/** Steps that the evaluation under way may still take; less than 0 once it has taken too many. */
export function stepsLeft(): number {
  return left
}

/** Starts the count of an evaluation. */
export function allowSteps(steps: number): void {
  left = steps
}
