/** How long what is settled is kept. What waits or runs is kept however old. Null: without limit. */
export interface RetentionSettings {
  readonly deliveries: {
    /** Default 90. */
    readonly days: number | null
    /** Default null. */
    readonly count: number | null
  }
  readonly tasks: {
    /** Default null: as long as their delivery. */
    readonly days: number | null
    /** Default null. */
    readonly count: number | null
  }
  readonly logs: {
    /** Default 30. */
    readonly days: number | null
  }
  /** Default 3600. */
  readonly everySeconds: number
}
