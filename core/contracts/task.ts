/** One event owed to one rule. */
export type TaskState = 'waiting' | 'running' | 'succeeded' | 'dead' | 'cancelled'

export const TASK_STATES = ['waiting', 'running', 'succeeded', 'dead', 'cancelled'] as const

/** States that no worker leaves by itself. */
export const SETTLED_STATES = ['succeeded', 'dead', 'cancelled'] as const

/** Times are milliseconds since the epoch. */
export interface TaskRecord {
  /** `tsk_…`, sortable by time of creation. */
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
  /** Start of the newest attempt. */
  readonly startedAt: number | null
  /** When the task was settled. */
  readonly endedAt: number | null
  /** Runs so far, the current one included. */
  readonly attempts: number
  readonly exitCode: number | null
  /** Why the newest attempt failed, or the task was cancelled. */
  readonly reason: string | null
  readonly result: unknown
  /** Name of the node that holds the lease. */
  readonly node: string | null
  readonly cancelRequested: boolean
  /** The key within its program, see `policy.key`; null where there is none. */
  readonly policyKey: string | null
  /** −100 to 100: higher runs first. */
  readonly priority: number
}

export interface AttemptRecord {
  /** The fence of its claim: unique and growing, also where `TaskRecord.attempts` goes back. */
  readonly number: number
  readonly node: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly status: AttemptStatus
  readonly exitCode: number | null
  readonly reason: string | null
}

/** `lost`: the node's lease ran out. `returned`: the node stopped and handed it back; it does not count. */
export type AttemptStatus = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost' | 'returned'

/** What a rule said of an event. Only rules whose `on` covers the event are asked. */
export interface Decision {
  readonly rule: string
  readonly program: string
  readonly matched: boolean
  /** The task made, where matched. */
  readonly taskId?: string
  /** Where not matched: the condition was false, or could not be evaluated (then `error` says why). */
  readonly because?: 'condition_false' | 'condition_error'
  /** Where matched: why the task has no key though its program's policy gives one. */
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
