/** What may be deleted now. Times are milliseconds since the epoch; null keeps whatever the age or number. */
export interface PruneRequest {
  /**
   * Deliveries received before this, and those beyond the newest `keepDeliveries`, go with their events, tasks,
   * attempts and logs, where none of their tasks waits or runs.
   */
  readonly deliveriesBefore: number | null
  readonly keepDeliveries: number | null
  /** Settled tasks that ended before this, and those beyond the newest `keepTasks`, go with their attempts and logs. */
  readonly tasksBefore: number | null
  readonly keepTasks: number | null
  /** Logs of settled tasks that ended before this. */
  readonly logsBefore: number | null
  /** Rows of each kind deleted at most in this call: a call is one short transaction. */
  readonly limit: number
}

export interface Pruned {
  readonly deliveries: number
  readonly tasks: number
  /** Tasks whose log was deleted while they stay. */
  readonly logs: number
  /** Another call would find more. */
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
  /** Writes a consistent copy into a file that must not exist, while the store is in use. Absent: the store's own tools do that. */
  backup?(file: string): Promise<void>
}
