import type { DocumentsWritten, DocumentWrite } from './document.ts'
import type { TaskState } from './task.ts'

/** A change of many tasks. */
export interface TaskChanges {
  /** As `retry` or `cancel` of the store. */
  readonly action: 'retry' | 'cancel'
  readonly ids: readonly string[]
  /** Tasks that are no longer in one of these states stay as they are. */
  readonly states: readonly TaskState[]
}

/** Changes that are committed together with the documents that record them. */
export interface BulkChanges {
  /** All or none are written, with what they expect. If none is, nothing else changes either. */
  readonly writes: readonly DocumentWrite[]
  readonly tasks?: TaskChanges
}

export type BulkChanged = DocumentsWritten & {
  /** Number of tasks that were changed. */
  readonly tasks: number
}
