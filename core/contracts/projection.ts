import type { CountBucket, Death } from './counts.ts'
import type { Facts } from './event.ts'
import type { DeliverySummary } from './lists.ts'
import type { Decision, SETTLED_STATES, TaskRecord } from './task.ts'

/** Numbers of notes. Every commit leaves one for each delivery that it adds, and for each task that it ends. */
export interface ProjectionNotes {
  readonly deliveries: readonly number[]
  readonly ends: readonly number[]
}

/** What was committed and is not projected yet. What was deleted since is left out. */
export interface Unprojected {
  /** Number of projections before this was read. */
  readonly version: number
  /** The notes that were read. */
  readonly notes: ProjectionNotes
  readonly deliveries: readonly UnprojectedDelivery[]
  /** Each end of a task, in the order in which they were committed. A task that is retried may end several times. */
  readonly ends: readonly EndedTask[]
  /** Whether there are more notes. */
  readonly more: boolean
}

export interface UnprojectedDelivery extends DeliverySummary {
  readonly events: readonly UnprojectedEvent[]
  /** Without those of next steps, which come with the end of the task before. */
  readonly tasks: readonly UnprojectedTask[]
  /** Whether facts and path are encrypted in the store. Then nothing that is derived from them may be readable. */
  readonly isSealed?: boolean
}

export interface UnprojectedEvent {
  readonly id: string
  readonly type: string
  readonly senderId: string | null
  readonly facts: Facts
  readonly decisions: readonly Decision[]
}

export type UnprojectedTask = Pick<
  TaskRecord,
  'id' | 'eventId' | 'rule' | 'program' | 'policyKey' | 'createdAt'
>

/** A task as it was when it ended. Of one that was retried since, `dueAt` is that of the retry. */
export interface EndedTask
  extends Pick<
    TaskRecord,
    | ('id' | 'rule' | 'program' | 'source' | 'eventType' | 'eventId' | 'deliveryId')
    | ('createdAt' | 'dueAt' | 'startedAt' | 'attempts' | 'lostAttempts' | 'exitCode' | 'reason')
  > {
  readonly state: (typeof SETTLED_STATES)[number]
  readonly endedAt: number
  readonly policyKey: string | null
  /** The task of the next step, which was committed with the end; null: there is none. */
  readonly next: Pick<TaskRecord, 'id' | 'program' | 'policyKey' | 'createdAt'> | null
  /** Of its event. Both are null if there is neither a reason nor a next step: then nothing more is to be found by. */
  readonly senderId: string | null
  readonly facts: Facts | null
  /** Whether the reason is encrypted in the store. */
  readonly isSealed?: boolean
}

export type SegmentKind = 'deliveries' | 'tasks'

/**
 * Some deliveries or tasks, and the terms that each is found by. A segment never changes. Small ones are merged, so that
 * there are few. One that has mostly what was deleted is replaced. The format is that of `core/sdk/store/search/segment.ts`.
 */
export interface Segment extends Omit<SegmentInfo, 'number'> {
  /** The ids in ascending order, without their prefixes. Their positions stand for them in the blocks. */
  readonly ids: string
  readonly blocks: readonly SegmentBlock[]
}

/** The positions of the documents that have a term, for consecutive terms: from this one to the next block's. */
export interface SegmentBlock {
  readonly term: number
  readonly bytes: Uint8Array
}

/** What is left of the documents of a segment. */
export interface SegmentRemains {
  readonly number: number
  /** How many it has. */
  readonly documents: number
  /** The ids of those that are still stored. Null: at least half are, so the segment may stay as it is. */
  readonly stored: readonly string[] | null
}

export interface SegmentInfo {
  readonly number: number
  readonly kind: SegmentKind
  /** How many there are. */
  readonly documents: number
  /** The lowest and the highest id. */
  readonly first: string
  readonly last: string
}

/** What is derived from notes, and committed instead of them. */
export interface Projection {
  /** As they were read. */
  readonly version: number
  readonly notes: ProjectionNotes
  /** Segments to add. Default: none. */
  readonly segments?: readonly Segment[]
  /** What is added to the counts. Absent: nothing. */
  readonly counts?: readonly CountBucket[]
  /** Each task that ended dead. Absent: none. */
  readonly deaths?: readonly Death[]
}

/** The part of a store that lists, search and charts are derived in, after the commits that they are about. */
export interface ProjectionStore {
  /** The newest notes: about `limit` of each kind. */
  unprojected(limit: number): Promise<Unprojected>
  /** Returns false, and changes nothing, if there was another projection since `version`. */
  project(projection: Projection): Promise<boolean>
  /** All segments with fewer documents than this. */
  smallSegments(documents: number): Promise<readonly SegmentInfo[]>
  /** A whole segment. Null: there is none of this number any more. */
  segment(number: number): Promise<Segment | null>
  /** The segment with the lowest number above this one. Null: there is none. */
  nextSegment(after: number): Promise<SegmentRemains | null>
  /**
   * Puts a segment in the place of others. Null: nothing. Returns false, and changes nothing, if one of them is not there
   * any more. No segment gets a number that another one had.
   */
  replaceSegments(numbers: readonly number[], by: Segment | null): Promise<boolean>
}
