import type { AttemptStatus, TaskState } from './task.ts'

/** How a request to a source ended. `answered`: the source answered it itself, such as a handshake. */
export type MeteredOutcome = 'accepted' | 'duplicate' | 'answered' | 'refused' | 'failed'

/** An attempt that ended on this node. */
export interface MeteredAttempt {
  readonly program: string
  /** `lost`: its lease was lost, so the end could not be recorded. */
  readonly status: Exclude<AttemptStatus, 'running'>
  /** State of the task after the attempt; null if the end was not recorded. */
  readonly state: TaskState | null
  readonly seconds: number
}

/**
 * Records the metrics of a node. No method throws or waits: they are called for every delivery. Names may come from
 * senders; the meter limits which of them become labels.
 */
export interface Meter {
  /** A request to a source ended. `reason` is an error code, or '' if there was no error. */
  delivery(source: string, outcome: MeteredOutcome, reason: string): void
  /** A delivery was committed. `seconds` is the time since its whole body had arrived. */
  committed(source: string, seconds: number): void
  /** A request was refused before there was a delivery, or could not be answered. */
  refused(code: string): void
  attempt(attempt: MeteredAttempt): void
  /** The config changed. `ok` is false if the change was rejected. */
  configChanged(ok: boolean): void
  pruned(kind: 'deliveries' | 'tasks' | 'logs', count: number): void
  /** A delivery that did not arrive was asked for at its provider and taken in. */
  recovered(source: string): void
  /** A provider was asked for all that did not arrive, at this time (ms since the epoch). */
  caughtUp(at: number): void
  /** Everything that could be deleted was deleted, at this time (ms since the epoch). */
  pruneEnded(at: number): void
}
