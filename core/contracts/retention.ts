import type { StoreTransfer } from './transfer.ts'

/** What may be deleted now. Times are milliseconds since the epoch; null keeps whatever the age or number. */
export interface PruneRequest {
  /**
   * Deliveries received before this go with their events, tasks, attempts and logs, where none of their tasks waits or
   * runs. A sender's id is forgotten with its event.
   */
  readonly deliveriesBefore: number | null
  /**
   * So do those beyond the newest (by id) of this number. Refused ones neither count nor go by it: `refuse` limits
   * them, and nobody shall push out others by being refused.
   */
  readonly keepDeliveries: number | null
  /** Settled tasks that ended before this, and those beyond the last `keepTasks` to end, go with their attempts and logs. */
  readonly tasksBefore: number | null
  readonly keepTasks: number | null
  /** Logs of settled tasks that ended before this. */
  readonly logsBefore: number | null
  /**
   * At least 1. Deliveries, tasks by themselves, and logs of tasks deleted at most in this call, each. A call is one
   * short transaction and may stop before, so as not to hold up others.
   */
  readonly limit: number
}

export interface Pruned {
  readonly deliveries: number
  /** Those of deliveries that went count too. */
  readonly tasks: number
  /** Tasks whose log was deleted while they stay. */
  readonly logs: number
  /** Another call may find more, or give more space back. False: all that could go has gone. */
  readonly more: boolean
}

/** What waits and runs of one program. */
export interface ProgramBacklog {
  readonly program: string
  readonly waiting: number
  readonly running: number
  /** When the first of those waiting came due, or will (ms since the epoch); null where none waits. */
  readonly oldestDueAt: number | null
}

/** The part of a store that is for its upkeep. */
export interface StoreUpkeep {
  /** Deletes a little, and gives freed space back where the store can. Never holds up accepts for long. */
  prune(request: PruneRequest): Promise<Pruned>
  /** Programs of which something waits or runs. Costs as much as waits, never as much as is stored. */
  backlog(): Promise<readonly ProgramBacklog[]>
  /**
   * Writes a consistent copy, for its owner alone, into a file that must not exist: with all that was answered before
   * the call. Needs no `open`, and changes nothing, so that it can be taken while another process uses the store.
   * Throws `store_backup_failed`. Absent: the store's own tools do that.
   */
  backup?(file: string): Promise<void>
  /** How all that it keeps moves to another store, or comes from one. Absent: it cannot. */
  transfer?(): StoreTransfer
}
