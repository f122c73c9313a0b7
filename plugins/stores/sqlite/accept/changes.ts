import { type KnownEvents, newEvents } from '../../../../core/sdk/store/receipt.ts'
import type { AcceptEntry, NewTask, StoreChange } from '../../../../core/sdk/store.ts'
import type { PackedEntry } from '../batch/messages.ts'

const DELIVERY: StoreChange = { kind: 'delivery' }

/** A delivery, each new task, and that there is work. Tasks that replace others are announced by the thread itself. */
export function changesOfAccept(
  { events }: AcceptEntry,
  known: KnownEvents | null,
): readonly StoreChange[] {
  return changesOfTasks(newEvents(events, known).flatMap(({ tasks }) => tasks))
}

/** The same for an entry that came to the thread with another call. */
export function changesOfPacked(
  [, events]: PackedEntry,
  known: KnownEvents | null,
): readonly StoreChange[] {
  const tasks = newEvents(events, known).flatMap(([, , , , , , packed]) => packed)
  return changesOfTasks(tasks.map(([id, , , , , , replaces]) => ({ id, replaces })))
}

function changesOfTasks(
  tasks: readonly Pick<NewTask, 'id' | 'replaces'>[],
): readonly StoreChange[] {
  if (tasks.length === 0) return [DELIVERY]
  const announced = tasks.filter(({ replaces }) => replaces === 'none')
  return [
    DELIVERY,
    ...announced.map(({ id: taskId }) => ({ kind: 'task', taskId, state: 'waiting' }) as const),
    { kind: 'work' },
  ]
}
