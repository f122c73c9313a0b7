import type { WebhookEvent } from './event.ts'

/** How a program's tasks stand to one another, over all nodes. */
export interface PolicyOptions {
  /** CEL for a text, number or boolean: `repository + '/' + branch`. Limits count per key. Default: one key for all. */
  readonly key?: string
  /** Tasks of one key that run at once. Default: no limit, or 1 with `pending: 'latest'` or `cancelRunning`. */
  readonly concurrency?: number
  /** `queue`: all wait their turn, in order. `latest`: a new task takes the place of those that wait. Default `queue`. */
  readonly pending?: 'queue' | 'latest'
  /** A new task also cancels the running one of its key. Default false. */
  readonly cancelRunning?: boolean
  /** A new task waits so long and takes the place of those that wait: of a burst only the last runs. */
  readonly debounceSeconds?: number
  /** Starts of one key within any time of this length, retries included. Tasks wait; none is lost. */
  readonly rateLimit?: RateLimit
  /** −100 to 100: of the tasks due, the higher are run first. Default 0. */
  readonly priority?: number
}

export interface RateLimit {
  readonly count: number
  readonly perSeconds: number
}

/**
 * Earlier tasks of the same program and key whose place a new one takes. `waiting`: those that wait are cancelled, and
 * a running one is not tried again where it fails. `all`: a running one is asked to end too.
 */
export type Replaces = 'none' | 'waiting' | 'all'

/** The policy of a program, all defaults filled in. */
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
  /** Throws where it cannot be evaluated, or is no text, number or boolean. */
  evaluate(event: WebhookEvent): string
}

/** A program as a node claims its tasks: the limits that each of its keys has, over all nodes. */
export interface ClaimedProgram {
  readonly name: string
  /** Tasks that run at once; one whose lease ran out does not count. Null: no limit. */
  readonly concurrency: number | null
  /** Claims within any time of this length. Null: no limit. */
  readonly rateLimit: RateLimit | null
}
