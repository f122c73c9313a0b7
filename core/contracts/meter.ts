import type { AttemptStatus, TaskState } from './task.ts'

/** What became of a request to a source. `answered`: the source answered by itself, a handshake. */
export type MeteredOutcome = 'accepted' | 'duplicate' | 'answered' | 'refused' | 'failed'

/** An attempt that ended on this node. */
export interface MeteredAttempt {
  readonly program: string
  /** `lost`: it could not be recorded, since its lease was lost. */
  readonly status: Exclude<AttemptStatus, 'running'>
  /** What the task became; null where it was not recorded. */
  readonly state: TaskState | null
  readonly seconds: number
}

/**
 * Takes the figures of a node. Nothing here throws or waits: it is called on the way of every delivery. Names are as
 * they came; the meter bounds what becomes a label.
 */
export interface Meter {
  /** A request to a source ended. `reason` is an error code, or '' where there was no error. */
  delivery(source: string, outcome: MeteredOutcome, reason: string): void
  /** From the arrival of the whole body to the commit. */
  committed(source: string, seconds: number): void
  attempt(attempt: MeteredAttempt): void
  /** `ok` is false for a change that was not taken. */
  configChanged(ok: boolean): void
  pruned(kind: 'deliveries' | 'tasks' | 'logs', count: number): void
  /** All that could go has gone (ms since the epoch). */
  pruneEnded(at: number): void
}

export interface MetricsSettings {
  /** Default true. */
  readonly enabled: boolean
  /** Whether `/metrics` is open to all. Default false: a token is needed. */
  readonly public: boolean
}
