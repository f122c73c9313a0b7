import type { AcceptEntry } from './accept.ts'

export const PAUSE_KINDS = ['source', 'rule', 'program'] as const

export type PauseKind = (typeof PAUSE_KINDS)[number]

/** A source, rule or program whose tasks are held back. Of a rule, the id that its tasks have. */
export interface PauseTarget {
  readonly kind: PauseKind
  readonly name: string
}

export interface NewPause extends PauseTarget {
  /** Who pauses it: the name of a token, or `breaker`. */
  readonly by: string
  readonly reason: string | null
}

/** Times are milliseconds since the epoch. */
export interface PauseRecord extends NewPause {
  /**
   * `paused`: none of its tasks is claimed. `resuming`: the tasks that were held back are released in order, and later
   * ones wait behind them. `ended`: it is over; only `resume` answers that.
   */
  readonly state: 'paused' | 'resuming' | 'ended'
  readonly since: number
  /** Only while a breaker is open; null if a person paused it. */
  readonly probe: Probe | null
}

/** How an open breaker finds out whether its program works again. */
export interface Probe {
  /** When the next task may be claimed, if none runs. */
  readonly at: number
  /** The task that was last let through, until it has ended. */
  readonly taskId: string | null
}

/** What the end of an attempt means to the breaker of its program. */
export interface BreakerUse<Event = AcceptEntry> {
  readonly program: string
  /** Number of tasks dead in a row after which it opens. Null: it does not open, since the config has none any more. */
  readonly after: number | null
  /** Time between two probes of an open breaker. */
  readonly probeMs: number
  /** Whether the task was claimed as a probe. */
  readonly isProbe: boolean
  /** Why the program is paused, if the breaker opens. */
  readonly reason: string
  /** Accepted in the same transaction if the breaker opens, or if the probe closes it. */
  readonly event: Event | null
}

/** The part of a store that holds tasks back. */
export interface PauseStore {
  /** By kind, then by name. */
  pauses(): Promise<readonly PauseRecord[]>
  /**
   * Once this has resolved, no node claims a task of the target. Accepts go on. A pause that is there keeps its time, and
   * takes over `by` and `reason`: so a person can keep what a breaker has paused. The event is accepted in the same
   * transaction, unless the target is paused already.
   */
  pause(pause: NewPause, event: AcceptEntry | null): Promise<PauseRecord>
  /**
   * Ends a pause. Its tasks are claimed in the order that they would have had without it. If many were held back,
   * `claim` releases them step by step. The event is accepted in the same transaction, unless the pause is being ended
   * already. Null: there is no such pause.
   */
  resume(target: PauseTarget, event: AcceptEntry | null): Promise<PauseRecord | null>
}
