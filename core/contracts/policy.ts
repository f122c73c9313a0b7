import type { StepBudget, WebhookEvent } from './event.ts'

/** How the tasks of a program affect each other, across all nodes. */
export interface PolicyOptions {
  /** CEL expression for a text, number or boolean, such as `repository + '/' + branch`. Limits apply per key. Default: one key. */
  readonly key?: string
  /** Number of tasks of one key that may run at once. Default: no limit, or 1 with `pending: 'latest'` or `cancelRunning`. */
  readonly concurrency?: number
  /** `queue`: tasks wait in order. `latest`: a new task replaces the waiting ones. Default `queue`. */
  readonly pending?: 'queue' | 'latest'
  /** Whether a new task also cancels the running one of its key. Default false. */
  readonly cancelRunning?: boolean
  /** A new task waits this long and replaces the waiting ones: of a burst, only the last task runs. Default 0. */
  readonly debounceSeconds?: number
  /** Limits the starts of one key, retries included. Tasks over the limit wait; none is lost. Default: no limit. */
  readonly rateLimit?: RateLimit
  /** −100 to 100. Among the tasks that are due, higher priorities run first. Default 0. */
  readonly priority?: number
}

export interface RateLimit {
  readonly count: number
  readonly perSeconds: number
}

/**
 * Which earlier tasks of the same program and key a new task replaces. `waiting`: the waiting ones are cancelled, and a
 * running one is not retried if it fails. `all`: a running one is also cancelled.
 */
export type Replaces = 'none' | 'waiting' | 'all'

/** The policy of a program with all defaults filled in. */
export interface ProgramPolicy {
  /** CEL; null: all tasks have one key. */
  readonly key: string | null
  /** Null: no limit. */
  readonly concurrency: number | null
  readonly replaces: Replaces
  /** 0: a new task is due at once. */
  readonly debounceSeconds: number
  readonly rateLimit: RateLimit | null
  readonly priority: number
}

/** The compiled key of a policy. */
export interface PolicyKey {
  readonly text: string
  /** Throws if it cannot be evaluated, takes too many steps, or is not a text, number or boolean. */
  evaluate(event: WebhookEvent, budget?: StepBudget): string
}

/** A program whose tasks a node claims, with the limits of each of its keys across all nodes. */
export interface ClaimedProgram {
  readonly name: string
  /** Number of tasks that may run at once. Tasks with an expired lease do not count. Null: no limit. */
  readonly concurrency: number | null
  /** Number of claims within any period of this length. Null: no limit. */
  readonly rateLimit: RateLimit | null
}
