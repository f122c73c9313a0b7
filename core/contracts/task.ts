/** State of a task: one event to be run for one rule. */
export type TaskState = 'waiting' | 'running' | 'succeeded' | 'dead' | 'cancelled'

export const TASK_STATES = ['waiting', 'running', 'succeeded', 'dead', 'cancelled'] as const

/** States in which a task stays until somebody retries it. */
export const SETTLED_STATES = ['succeeded', 'dead', 'cancelled'] as const

/** Times are milliseconds since the epoch. */
export interface TaskRecord {
  /** `tsk_…`; sorts by time of creation. */
  readonly id: string
  readonly state: TaskState
  readonly rule: string
  readonly program: string
  readonly source: string
  readonly eventType: string
  readonly eventId: string
  readonly deliveryId: string
  readonly createdAt: number
  /** When a waiting task may be claimed. */
  readonly dueAt: number
  /** Start of the latest attempt. */
  readonly startedAt: number | null
  /** When the task was settled. */
  readonly endedAt: number | null
  /** Number of attempts so far, including the current one, but not those that were lost or returned. */
  readonly attempts: number
  /** Number of attempts whose lease ran out, mostly because their node died. They do not count as `attempts`. */
  readonly lostAttempts: number
  readonly exitCode: number | null
  /** Why the latest attempt failed, or why the task was cancelled. */
  readonly reason: string | null
  readonly result: unknown
  /** Name of the node that holds the lease. */
  readonly node: string | null
  /** Where the latest attempt runs, or ran, outside of Hookline; null: it was not handed over. */
  readonly handedOver: HandedOver | null
  readonly cancelRequested: boolean
  /** The value of `policy.key`; null if its program has no key. */
  readonly policyKey: string | null
  /** −100 to 100. Higher priorities run first. */
  readonly priority: number
  /** Its place in the `then` of its rule, from 1. 0: it is the program of `run`. */
  readonly step: number
  /** The task that it follows, as that had ended; null: it was made of its event. */
  readonly previous: PreviousStep | null
  /** Of a task in a list: results that are null because they are too large for it. Absent: none. */
  readonly leftOut?: readonly UnlistedResult[]
  /** Id of the task of the next step of its rule; null: there is none. */
  readonly next: string | null
  /** Null: it needs no approval. While that is `pending`, the task waits and is not claimed. */
  readonly approval: Approval | null
}

/** `dropped`: the task was cancelled or replaced before anybody had decided. */
export const APPROVAL_STATES = ['pending', 'approved', 'rejected', 'expired', 'dropped'] as const

/** Whether somebody lets a task run. */
export interface Approval {
  readonly state: (typeof APPROVAL_STATES)[number]
  /** How long it waits. */
  readonly timeoutMs: number
  /** When it is cancelled if nobody has approved it, by the clock of the store (ms since the epoch). */
  readonly until: number
  /** Who approved or rejected it. */
  readonly by: string | null
  /** When that was, or when the time was over. */
  readonly at: number | null
}

/** What ends the wait for an approval. */
export interface ApprovalDecision {
  /** `expired`: nobody has decided in time. */
  readonly state: 'approved' | 'rejected' | 'expired'
  /** Name of the token; null: nobody. */
  readonly by: string | null
  /** Of the task, if it is not approved. */
  readonly reason: string | null
}

/** A task that waits for an approval. */
export interface PendingApproval {
  readonly taskId: string
  readonly until: number
  /** Whether its time is over, by the clock of the store. */
  readonly isOver: boolean
}

/** The step before one of `then`, as it had ended. Programs and expressions of the next step can read it. */
export interface PreviousStep {
  /** Id of its task. */
  readonly task: string
  readonly program: string
  readonly exitCode: number | null
  readonly result: unknown
}

export type UnlistedResult = 'result' | 'previous.result'

/** An attempt that an executor handed over to an outside engine. */
export interface HandedOver {
  /** What finds it there. */
  readonly ref: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly pollSeconds: number
  /** The task is a probe of an open breaker. */
  readonly isProbe?: true
}

export interface AttemptRecord {
  /** The fence of its claim: unique and increasing, even if `TaskRecord.attempts` is reset. */
  readonly number: number
  readonly node: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly status: AttemptStatus
  readonly exitCode: number | null
  readonly reason: string | null
}

/** `lost`: the lease of the node expired. `returned`: the node handed the task back; such an attempt does not count. */
export type AttemptStatus = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost' | 'returned'

/** Whether a rule matched an event. Only rules whose `on` covers the event have a decision. */
export interface Decision {
  readonly rule: string
  readonly program: string
  readonly matched: boolean
  /** `RunningRule.version` when the rule decided. Absent: an older release decided. */
  readonly version?: string
  /** The task that was created, if the rule matched. */
  readonly taskId?: string
  /** Why the rule did not match: its condition was false, could not be evaluated, or took too many steps (see `error`). */
  readonly because?: 'condition_false' | 'condition_error' | 'condition_too_costly'
  /**
   * Why the condition could not be evaluated, or is judged only when the task is claimed, or why the task has no key
   * although its program's policy has one.
   */
  readonly error?: string
}

export interface LogChunk {
  /** Position in the task's log, from 1, without gaps. */
  readonly sequence: number
  readonly attempt: number
  readonly stream: 'stdout' | 'stderr'
  readonly at: number
  readonly text: string
}
