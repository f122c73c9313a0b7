import type { AcceptEntry, AcceptReceipt, NewEvent, StoreChange } from '../../../core/index.ts'
import type { KnownEvents, PackedEntry } from './messages.ts'

/** What the sender is answered, from the entry and what the store already had of it. */
export function toReceipt(entry: AcceptEntry, known: KnownEvents | null): AcceptReceipt {
  return {
    deliveryId: known?.originalId ?? entry.delivery.id,
    duplicate: known !== null && known.originalId !== null,
    events: entry.events.map((event, index) => {
      const first = known?.events[index]
      return first
        ? { id: first.id, duplicate: true, tasks: first.tasks }
        : { id: event.id, duplicate: false, tasks: event.tasks.map(toSummary) }
    }),
  }
}

/** Each task made, and that there is work. */
export function changesOfAccept(
  { events }: AcceptEntry,
  known: KnownEvents | null,
): readonly StoreChange[] {
  return changesOfTasks(
    events.map((event) => event.tasks.map(({ id }) => id)),
    known,
  )
}

/** The same for an entry that came to the thread with another call. */
export function changesOfPacked(
  [, events]: PackedEntry,
  known: KnownEvents | null,
): readonly StoreChange[] {
  return changesOfTasks(
    events.map(([, , , , , , tasks]) => tasks.map(([id]) => id)),
    known,
  )
}

function changesOfTasks(
  idsByEvent: readonly (readonly string[])[],
  known: KnownEvents | null,
): readonly StoreChange[] {
  const ids = idsByEvent.filter((_, index) => !known?.events[index]).flat()
  const made = ids.map((taskId) => ({ kind: 'task', taskId, state: 'waiting' }) as const)
  return made.length === 0 ? [] : [...made, { kind: 'work' }]
}

function toSummary({ id, rule, program }: NewEvent['tasks'][number]) {
  return { id, rule, program, state: 'waiting' } as const
}
