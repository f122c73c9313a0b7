import type { TaskState, TaskSummary } from '../../../core/index.ts'
import type { Session } from './database.ts'
import { indexable } from './text.ts'
import type { Incoming } from './writes.ts'

const FIRST_EVENTS = `
  SELECT e.source, e.sender_key, e.id, e.delivery_id
  FROM unnest($1::text[], $2::text[]) AS asked (source, sender_key)
  JOIN events e ON e.source = asked.source AND e.sender_key = asked.sender_key`
const TASKS_OF_EVENTS = `
  SELECT t.delivery_id, t.event_id, t.id, t.rule, t.program, t.state
  FROM unnest($1::text[], $2::text[]) AS asked (delivery_id, event_id)
  JOIN tasks t ON t.delivery_id = asked.delivery_id AND t.event_id = asked.event_id
  ORDER BY t.id`

/** The event that came first with some source and sender's id. */
export interface FirstEvent {
  readonly id: string
  readonly deliveryId: string
  readonly tasks: readonly TaskSummary[]
}

/** Of a sender's ids, those that the store has, and those that this transaction is about to add. */
export class KnownEvents {
  readonly #first = new Map<string, FirstEvent>()

  get(source: string, senderId: string): FirstEvent | undefined {
    return this.#first.get(keyOf(source, indexable(senderId)))
  }

  add(source: string, senderId: string, first: FirstEvent): void {
    this.#first.set(keyOf(source, indexable(senderId)), first)
  }

  static async find(session: Session, incoming: readonly Incoming[]): Promise<KnownEvents> {
    const known = new KnownEvents()
    const asked = incoming.flatMap(({ entry: { delivery, events } }) =>
      events.flatMap(({ senderId }) =>
        senderId === null ? [] : [{ source: delivery.source, key: indexable(senderId) }],
      ),
    )
    if (asked.length === 0) return known
    const sources = asked.map(({ source }) => source)
    const rows = await session.run(FIRST_EVENTS, [sources, asked.map(({ key }) => key)])
    if (rows.length === 0) return known
    const tasks = new Map<string, TaskSummary[]>()
    for (const row of rows) {
      const [id, deliveryId] = [row['id'] as string, row['delivery_id'] as string]
      const own: TaskSummary[] = []
      tasks.set(keyOf(deliveryId, id), own)
      const key = keyOf(row['source'] as string, row['sender_key'] as string)
      known.#first.set(key, { id, deliveryId, tasks: own })
    }
    await addTasks(session, tasks, [...known.#first.values()])
    return known
  }
}

async function addTasks(
  session: Session,
  tasks: ReadonlyMap<string, TaskSummary[]>,
  first: readonly FirstEvent[],
): Promise<void> {
  const deliveries = first.map(({ deliveryId }) => deliveryId)
  const rows = await session.run(TASKS_OF_EVENTS, [deliveries, first.map(({ id }) => id)])
  for (const row of rows) {
    tasks.get(keyOf(row['delivery_id'] as string, row['event_id'] as string))?.push({
      id: row['id'] as string,
      rule: row['rule'] as string,
      program: row['program'] as string,
      state: row['state'] as TaskState,
    })
  }
}

function keyOf(one: string, other: string): string {
  return `${one}\n${other}`
}
