import type {
  AcceptEntry,
  AcceptReceipt,
  NewTask,
  StoreChange,
  TaskSummary,
} from '../../../core/index.ts'
import type { KnownEvents, PackedEntry } from './messages.ts'

/** What the sender is answered, from the entry and what the store already had of it. */
export function toReceipt(entry: AcceptEntry, known: KnownEvents | null): AcceptReceipt {
  const replaced = replacedIn(newOf(entry.events, known).flatMap(({ tasks }) => tasks))
  return {
    deliveryId: known?.originalId ?? entry.delivery.id,
    duplicate: known !== null && known.originalId !== null,
    events: entry.events.map((event, index) => {
      const first = known?.events[index]
      return first
        ? { id: first.id, duplicate: true, tasks: first.tasks }
        : {
            id: event.id,
            duplicate: false,
            tasks: event.tasks.map((task) => toSummary(task, replaced)),
          }
    }),
  }
}

/** Each task made, and that there is work. Of tasks that replace others, the thread tells itself. */
export function changesOfAccept(
  { events }: AcceptEntry,
  known: KnownEvents | null,
): readonly StoreChange[] {
  return changesOfTasks(newOf(events, known).flatMap(({ tasks }) => tasks))
}

/** The same for an entry that came to the thread with another call. */
export function changesOfPacked(
  [, events]: PackedEntry,
  known: KnownEvents | null,
): readonly StoreChange[] {
  const tasks = newOf(events, known).flatMap(([, , , , , , packed]) => packed)
  return changesOfTasks(tasks.map(([id, , , , , , replaces]) => ({ id, replaces })))
}

function newOf<Event>(events: readonly Event[], known: KnownEvents | null): readonly Event[] {
  return known === null ? events : events.filter((_, index) => !known.events[index])
}

function changesOfTasks(
  tasks: readonly Pick<NewTask, 'id' | 'replaces'>[],
): readonly StoreChange[] {
  if (tasks.length === 0) return []
  const told = tasks.filter(({ replaces }) => replaces === 'none')
  return [
    ...told.map(({ id: taskId }) => ({ kind: 'task', taskId, state: 'waiting' }) as const),
    { kind: 'work' },
  ]
}

// Of one entry too, a later task can take the place of an earlier one.
function replacedIn(tasks: readonly NewTask[]): ReadonlySet<string> {
  const replaced = new Set<string>()
  if (tasks.every(({ replaces }) => replaces === 'none')) return replaced
  const replacing = new Set<string>()
  for (const { id, program, policyKey, replaces } of tasks.toReversed()) {
    const key = JSON.stringify([program, policyKey])
    if (replacing.has(key)) replaced.add(id)
    if (replaces !== 'none') replacing.add(key)
  }
  return replaced
}

function toSummary({ id, rule, program }: NewTask, replaced: ReadonlySet<string>): TaskSummary {
  return { id, rule, program, state: replaced.has(id) ? 'cancelled' : 'waiting' }
}
