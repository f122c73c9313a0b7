import type { AcceptEntry, AcceptReceipt, NewTask, TaskSummary } from '../../contracts/store.ts'
import { storable } from './text.ts'

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
  const replaced = replacedIn(newEvents(events, known).flatMap(({ tasks }) => tasks))
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
function replacedIn(tasks: readonly NewTask[]): ReadonlySet<string> {
  const replaced = new Set<string>()
  if (tasks.every(({ replaces }) => replaces === 'none')) return replaced
  const replacing = new Set<string>()
  for (const { id, program, policyKey, replaces } of tasks.toReversed()) {
    // Keys are compared as they are stored.
    const key = JSON.stringify([program, policyKey === null ? null : storable(policyKey)])
    if (replacing.has(key)) replaced.add(id)
    if (replaces !== 'none') replacing.add(key)
  }
  return replaced
}

function toSummary({ id, rule, program }: NewTask, replaced: ReadonlySet<string>): TaskSummary {
  return { id, rule, program, state: replaced.has(id) ? 'cancelled' : 'waiting' }
}
