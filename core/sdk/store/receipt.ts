import type {
  AcceptEntry,
  AcceptReceipt,
  NewEvent,
  NewTask,
  TaskSummary,
} from '../../contracts/store.ts'
import { storable } from './text.ts'

const NONE: ReadonlySet<string> = new Set()

/** What the store already had of a delivery's events. */
export interface KnownEvents {
  /** Id of the first delivery if every event is a duplicate, otherwise null. */
  readonly originalId: string | null
  /** One per event, in order; null for a new event. */
  readonly events: readonly ({
    readonly id: string
    readonly tasks: readonly TaskSummary[]
  } | null)[]
}

/** The answer to `accept`. `known` is null if every event is new. */
export function toReceipt(
  { delivery, events }: AcceptEntry,
  known: KnownEvents | null,
): AcceptReceipt {
  const replaced = replacedIn(newEvents(events, known))
  return {
    deliveryId: known?.originalId ?? delivery.id,
    duplicate: known !== null && known.originalId !== null,
    events: events.map(({ id, tasks }, index) => {
      const first = known?.events[index]
      return first
        ? { id: first.id, duplicate: true, tasks: first.tasks }
        : { id, duplicate: false, tasks: tasks.map((task) => toSummary(task, replaced)) }
    }),
  }
}

/** The events that the store did not have. */
export function newEvents<Event>(
  events: readonly Event[],
  known: KnownEvents | null,
): readonly Event[] {
  return known === null ? events : events.filter((_, index) => !known.events[index])
}

// Within one entry, a later task can replace an earlier one.
function replacedIn(events: readonly Pick<NewEvent, 'tasks'>[]): ReadonlySet<string> {
  if (!events.some(({ tasks }) => tasks.some(replacesOthers))) return NONE
  const replaced = new Set<string>()
  const replacing = new Set<string>()
  const tasks = events.flatMap((event) => event.tasks)
  for (const { id, program, policyKey, replaces } of tasks.toReversed()) {
    // Keys are compared as they are stored.
    const key = JSON.stringify([program, policyKey === null ? null : storable(policyKey)])
    if (replacing.has(key)) replaced.add(id)
    if (replaces !== 'none') replacing.add(key)
  }
  return replaced
}

function replacesOthers({ replaces }: NewTask): boolean {
  return replaces !== 'none'
}

function toSummary({ id, rule, program }: NewTask, replaced: ReadonlySet<string>): TaskSummary {
  return { id, rule, program, state: replaced.has(id) ? 'cancelled' : 'waiting' }
}
