/**
 * Numbers by key, which are added up: `accepted`, `duplicate`, `refused`, `refused:CODE`, `created`, `succeeded`, `dead`,
 * `cancelled`, `failedAttempts`, and the bins of durations, `run:BIN` and `wait:BIN`.
 */
export type Counts = Readonly<Record<string, number>>

/** Of whom a bucket counts: a source, a program, or everything at once. */
export type CountKind = 'all' | 'source' | 'program'

/** What happened within one stretch of time. */
export interface CountBucket {
  readonly widthSeconds: number
  /** When it begins (ms since the epoch): a multiple of its width. */
  readonly at: number
  readonly kind: CountKind
  /** Name of the source or program; '' for the kind `all`. */
  readonly name: string
  readonly counts: Counts
}

export interface CountQuery {
  readonly kind: CountKind
  /** Absent: all. */
  readonly names?: readonly string[]
  /** From (included) to (excluded), in ms since the epoch. */
  readonly ranges: readonly {
    readonly widthSeconds: number
    readonly from: number
    readonly to: number
  }[]
}

/** The end of a task that is dead, and the group of errors that it belongs to. */
export interface Death {
  readonly taskId: string
  /** Id of the group, which follows from the program and the reason. */
  readonly group: string
  readonly program: string
  /** The text that stands for the reasons of the group. */
  readonly reason: string
  /** When the task ended (ms since the epoch). */
  readonly at: number
  /** Whether its reason is encrypted in the store. Then that of the group is, too. */
  readonly isSealed?: boolean
}

/** The tasks of a program that are dead for the same reason. Times are milliseconds since the epoch. */
export interface ErrorGroup {
  /** `err_…` */
  readonly id: string
  readonly program: string
  readonly reason: string
  /** Number of tasks that are dead now: neither retried nor deleted. */
  readonly count: number
  /** When a task died of it first and last, retried or deleted ones included. */
  readonly firstAt: number
  readonly lastAt: number
  /** The task that died of it last. */
  readonly lastTask: string
}

export interface ErrorFilter {
  readonly program?: string
  /** Only groups of which a task died since then (ms since the epoch). */
  readonly since?: number
  readonly after?: string
  /** 1 to 200. */
  readonly limit: number
}

export interface ErrorPage {
  readonly groups: readonly ErrorGroup[]
  /** Pass this as `after` to get the next page; null on the last page. */
  readonly next: string | null
}

/** The part of a store that keeps what was counted. */
export interface CountStore {
  /** The buckets that are there, in order of time within each range. */
  counts(query: CountQuery): Promise<readonly CountBucket[]>
  /** Groups with dead tasks; first those of which a task died last. */
  errors(filter: ErrorFilter): Promise<ErrorPage>
}
