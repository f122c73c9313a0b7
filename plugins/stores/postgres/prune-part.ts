/** What went of one kind. */
export interface Part {
  readonly deleted: number
  readonly isDone: boolean
}
