/** What one call may still do. */
export interface Allowance {
  /** Rows of one kind. */
  readonly limit: number
  isOver(): boolean
}

/** What went of one kind. */
export interface Part {
  readonly deleted: number
  readonly isDone: boolean
}
