import type { Pruned } from '../../contracts/retention.ts'
import type { StoreRow } from './rows.ts'

/** Newest refused deliveries that are kept. */
export const REFUSED_KEPT = 10_000
/** Refused deliveries between two deletions of the oldest ones, so that not every refusal pays for one. */
export const REFUSED_PER_TRIM = 250
/** A node that was not seen for so long is forgotten. */
export const NODE_GONE_AFTER_MS = 3_600_000

/** What one call deleted of one kind. */
export interface PrunedPart {
  readonly deleted: number
  /** Nothing more can be deleted now. */
  readonly isDone: boolean
}

/** `tasks` of deliveries were deleted with their deliveries. */
export interface PrunedDeliveries extends PrunedPart {
  readonly tasks: number
}

interface PrunedParts {
  readonly deliveries: PrunedDeliveries
  readonly tasks: PrunedPart
  readonly logs: PrunedPart
  readonly counts: PrunedPart
}

export function toPruned({ deliveries, tasks, logs, counts }: PrunedParts): Pruned {
  return {
    deliveries: deliveries.deleted,
    tasks: deliveries.tasks + tasks.deleted,
    logs: logs.deleted,
    more: ![deliveries, tasks, logs, counts].every(({ isDone }) => isDone),
  }
}

/** When a settled task ended. Tasks are ordered by time, then by id. */
export interface TaskEnd {
  readonly id: string
  readonly endedAt: number
}

export function toTaskEnd(row: StoreRow): TaskEnd {
  return { id: row['id'] as string, endedAt: row['ended_at'] as number }
}

/** What goes: by age, and by number up to and including `beyond`. Null: nothing. */
interface TaskBounds {
  readonly before: number | null
  readonly beyond: TaskEnd | null
}

export function isTaskDue({ id, endedAt }: TaskEnd, { before, beyond }: TaskBounds): boolean {
  if (before !== null && endedAt < before) return true
  if (beyond === null) return false
  return endedAt < beyond.endedAt || (endedAt === beyond.endedAt && id <= beyond.id)
}

interface DeliveryBounds {
  readonly before: number | null
  readonly beyond: string | null
}

/**
 * Whether a delivery goes, unless a task of it waits or runs. `end`: neither this one nor any newer one goes. Refused
 * deliveries do not go by number.
 */
export function deliveryFate(
  row: StoreRow,
  { before, beyond }: DeliveryBounds,
): 'due' | 'stays' | 'end' {
  const isOld = before !== null && (row['received_at'] as number) < before
  if (isOld) return 'due'
  if (beyond === null || (row['id'] as string) > beyond) return 'end'
  return row['outcome'] === 'refused' ? 'stays' : 'due'
}

/**
 * Whether the log of a task goes. `end`: neither this one nor any later one goes, since ids sort by time and no task
 * ends before it was made. A log without a task goes.
 */
export function logFate(row: StoreRow, before: number): 'due' | 'stays' | 'end' {
  const [createdAt, endedAt] = [row['created_at'], row['ended_at']] as (number | null)[]
  if (typeof createdAt !== 'number') return 'due'
  if (createdAt >= before) return 'end'
  return typeof endedAt === 'number' && endedAt < before ? 'due' : 'stays'
}
