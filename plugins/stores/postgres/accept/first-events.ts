import type { FirstEvent, TaskSummary } from '../../../../core/sdk/store.ts'
import type { Incoming } from '../batch/writes.ts'
import type { Session } from '../database/database.ts'
import { indexableOrNull } from '../database/text.ts'
import { rows } from '../read/rows.ts'

const FIRST_EVENTS = `
  SELECT e.source, e.sender_key, e.id, e.delivery_id
  FROM unnest($1::text[], $2::text[]) AS asked (source, sender_key)
  JOIN events e ON e.source = asked.source AND e.sender_key = asked.sender_key`
const TASKS_OF_EVENTS = `
  SELECT t.delivery_id, t.event_id, t.id, t.rule, t.program, t.state
  FROM unnest($1::text[], $2::text[]) AS asked (delivery_id, event_id)
  JOIN tasks t ON t.delivery_id = asked.delivery_id AND t.event_id = asked.event_id
  ORDER BY t.id`

export interface FirstEventTasks extends FirstEvent {
  readonly tasks: readonly TaskSummary[]
}

/** By `firstEventKey`: the first events in the store, and those that this transaction is about to add. */
export type FirstEvents = Map<string, FirstEventTasks>

export function firstEventKey(source: string, senderKey: string): string {
  return `${source}\n${senderKey}`
}

/** Reads the first events with the senders' ids of all entries. */
export async function readFirstEvents(
  session: Session,
  incoming: readonly Incoming[],
): Promise<FirstEvents> {
  const found: FirstEvents = new Map()
  const sources: string[] = []
  const keys: string[] = []
  for (const { entry } of incoming) {
    for (const { senderId } of entry.events) {
      const key = indexableOrNull(senderId)
      if (key === null) continue
      sources.push(entry.delivery.source)
      keys.push(key)
    }
  }
  if (keys.length === 0) return found
  const events = await session.run(FIRST_EVENTS, [sources, keys])
  if (events.length === 0) return found
  const tasksOf = new Map<string, TaskSummary[]>()
  for (const row of events) {
    const [id, deliveryId] = [row['id'] as string, row['delivery_id'] as string]
    const tasks: TaskSummary[] = []
    tasksOf.set(`${deliveryId} ${id}`, tasks)
    const key = firstEventKey(row['source'] as string, row['sender_key'] as string)
    found.set(key, { id, deliveryId, tasks })
  }
  const ids = [events.map((row) => row['delivery_id']), events.map((row) => row['id'])]
  for (const row of await session.run(TASKS_OF_EVENTS, ids)) {
    tasksOf.get(`${row['delivery_id']} ${row['event_id']}`)?.push(rows.toTaskSummary(row))
  }
  return found
}
