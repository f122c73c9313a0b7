import type { StoreTransfer } from './transfer.ts'

/** What may be deleted now. Times are milliseconds since the epoch; null means no limit. */
export interface PruneRequest {
  /**
   * Deliveries received before this are deleted with their events, tasks, attempts and logs, unless one of their tasks
   * waits or runs. The sender's id of an event is deleted too, so a repeat is no longer a duplicate.
   */
  readonly deliveriesBefore: number | null
  /**
   * Deliveries beyond this number of the newest (by id) are deleted too. Refused deliveries do not count and are not
   * deleted by it: `refuse` limits them, and nobody must be able to push out others by being refused.
   */
  readonly keepDeliveries: number | null
  /** Settled tasks that ended before this, and those beyond the last `keepTasks`, are deleted with their attempts and logs. */
  readonly tasksBefore: number | null
  readonly keepTasks: number | null
  /** Logs of settled tasks that ended before this are deleted. */
  readonly logsBefore: number | null
  /** Counts, and groups of errors without a dead task, that are no longer kept at this time are deleted. */
  readonly countsAt: number | null
  /**
   * Largest number of deliveries, of tasks and of logs to delete in this call; at least 1. A call is one short
   * transaction. It may stop earlier, so that it does not delay other calls.
   */
  readonly limit: number
}

export interface Pruned {
  readonly deliveries: number
  /** Includes the tasks of deleted deliveries. */
  readonly tasks: number
  /** Number of tasks that were kept while their log was deleted. */
  readonly logs: number
  /** Whether another call may delete more or free more space. */
  readonly more: boolean
}

/** The tasks of one program that wait or run. */
export interface ProgramBacklog {
  readonly program: string
  readonly waiting: number
  readonly running: number
  /** The earliest due time of a waiting task (ms since the epoch); null if none waits. */
  readonly oldestDueAt: number | null
}

/** The part of a store that maintains it. */
export interface StoreUpkeep {
  /** Deletes a batch, and frees space on disk if the store can. Never delays accepts for long. */
  prune(request: PruneRequest): Promise<Pruned>
  /** Programs with tasks that wait or run. The cost depends on these tasks, and not on all tasks stored. */
  backlog(): Promise<readonly ProgramBacklog[]>
  /**
   * Writes a consistent copy, with everything committed before the call, into a file that must not exist. Only the owner
   * may read the file. Needs no `open` and changes nothing, so another process may use the store meanwhile. Throws
   * `store_backup_failed`. Absent: the tools of the database make backups.
   */
  backup?(file: string): Promise<void>
  /** Moves everything to or from another store. Absent: not supported. */
  transfer?(): StoreTransfer
}
