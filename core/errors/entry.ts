/** What an error code means. */
export interface ErrorEntry {
  /** HTTP status; absent if the error never reaches an HTTP caller. */
  readonly status?: number
  readonly title: string
  /** What the reader can do about it. */
  readonly remedy: string
}
