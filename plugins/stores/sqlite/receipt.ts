import type { AcceptEntry, AcceptReceipt, NewEvent, StoreChange } from '../../../core/index.ts'
import type { KnownEvents } from './messages.ts'

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
  const changes: StoreChange[] = []
  for (const [index, event] of events.entries()) {
    if (known?.events[index]) continue
    for (const { id } of event.tasks) changes.push({ kind: 'task', taskId: id, state: 'waiting' })
  }
  if (changes.length > 0) changes.push({ kind: 'work' })
  return changes
}

function toSummary({ id, rule, program }: NewEvent['tasks'][number]) {
  return { id, rule, program, state: 'waiting' } as const
}
