/** What an error code stands for. */
export interface ErrorEntry {
  /** HTTP status where it reaches a caller. */
  readonly status?: number
  readonly title: string
  /** What to do about it. */
  readonly remedy: string
}
