import type { DeliveryRecord, TaskSummary } from './accept.ts'
import type { DeliveryOutcome } from './delivery.ts'
import type { Facts } from './event.ts'
import type { TaskState } from './task.ts'

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Pass this as `after` to get the next page: an id, which need not be that of an item. Null on the last page. */
  readonly next: string | null
}

/** Bounds of a list, in milliseconds since the epoch, by the times that the ids have. */
export interface TimeSpan {
  /** Nothing earlier. */
  readonly since?: number
  /** Only what is earlier. */
  readonly until?: number
}

/** What is looked for: any of these numbers, which stand for what was projected. Whole numbers below 2^48. */
export type SearchTerm = readonly number[]

/**
 * What lists are searched by. A store of a plugin is only given `terms`: `searchable` of core/projection makes them of the
 * others. Such a page may be short, even empty, and still have a next one: what one call may cost is limited.
 */
interface SearchFilter {
  /** All of these must be found. Default: none. */
  readonly terms?: readonly SearchTerm[]
  /** Type of an event, without its source. */
  readonly type?: string
  /** Value of `policy.key`. */
  readonly key?: string
  /** Each as `NAME=VALUE`. All must be there. */
  readonly facts?: readonly string[]
  /** Why a task ended, or a delivery was refused: all reasons of its group. */
  readonly reason?: string
  /** All of its words must be there. */
  readonly text?: string
}

interface ListFilter extends TimeSpan, SearchFilter {
  readonly after?: string
  /** 1 to 200. */
  readonly limit: number
}

export interface TaskFilter extends ListFilter {
  readonly state?: TaskState
  readonly program?: string
  readonly rule?: string
  readonly source?: string
  readonly deliveryId?: string
  /** Only those that wait for an approval. */
  readonly approval?: 'pending'
}

export const DELIVERY_STATES = ['unmatched', 'dead'] as const

/** `unmatched`: accepted with events, and no rule matched any. `dead`: at least one of its tasks is dead now. */
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export interface DeliveryFilter extends ListFilter {
  /** A store of a plugin is only given `dead`: `unmatched` is a term. */
  readonly state?: DeliveryState
  readonly source?: string
  readonly outcome?: DeliveryOutcome
  /** Only deliveries with a task of this rule, or program. */
  readonly rule?: string
  readonly program?: string
}

/** A delivery in a list, without its body. */
export type DeliverySummary = Omit<DeliveryRecord, 'body'> & { readonly bodyBytes: number }

/** What became of a delivery, in short: its first events, without their payloads, and its first tasks. */
export interface DeliveryOutline {
  readonly deliveryId: string
  readonly events: readonly OutlinedEvent[]
  readonly tasks: readonly TaskSummary[]
}

export interface OutlinedEvent {
  readonly id: string
  readonly type: string
  readonly facts: Facts
}
