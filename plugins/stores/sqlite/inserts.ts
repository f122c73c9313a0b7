import type { TaskState, TaskSummary } from '../../../core/index.ts'
import type { HandlerContext } from './context.ts'
import type { PackedDelivery, PackedEvent } from './messages.ts'
import { prepareReplace } from './replace.ts'

const INSERT_DELIVERY = `
  INSERT INTO deliveries
    (id, source, received_at, method, path, headers, client, outcome, reason, original_id, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const INSERT_EVENT = `
  INSERT INTO events (delivery_id, id, position, source, type, sender_id, facts, decisions, payload)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const INSERT_TASK = `
  INSERT INTO tasks
    (id, delivery_id, event_id, source, event_type, rule, program, state, created_at, due_at, policy_key, priority)
  VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?)`
const FIRST_EVENT = 'SELECT id, delivery_id FROM events WHERE source = ? AND sender_id = ?'
const TASKS_OF_EVENT = `
  SELECT id, rule, program, state FROM tasks WHERE delivery_id = ? AND event_id = ? ORDER BY id`

/** The event that came first with some source and sender's id. */
export interface FirstEvent {
  readonly id: string
  readonly deliveryId: string
}

interface EventInsert {
  readonly delivery: PackedDelivery
  readonly event: PackedEvent
  /** Among the delivery's events, from 0. */
  readonly position: number
  readonly now: number
}

/** The statements that every accept runs. */
export interface Inserts {
  delivery(delivery: PackedDelivery, body: Uint8Array): void
  /** The event and its tasks. */
  event(insert: EventInsert): void
  firstEvent(source: string, senderId: string): FirstEvent | null
  tasksOf(event: FirstEvent): readonly TaskSummary[]
}

export function prepareInserts(context: HandlerContext): Inserts {
  const { database, changes, lanes } = context
  const replaceEarlier = prepareReplace(context)
  const insertDelivery = database.prepare(INSERT_DELIVERY)
  const insertEvent = database.prepare(INSERT_EVENT)
  const insertTask = database.prepare(INSERT_TASK)
  const firstEvent = database.prepare(FIRST_EVENT)
  const tasksOfEvent = database.prepare(TASKS_OF_EVENT)

  return {
    delivery(delivery, body) {
      insertDelivery.run(...delivery, body)
    },
    event({ delivery: [deliveryId, source], event, position, now }) {
      const [id, type, senderId, facts, decisions, payload, tasks] = event
      insertEvent.run(deliveryId, id, position, source, type, senderId, facts, decisions, payload)
      for (const task of tasks) {
        const [taskId, rule, program, dueAt, key, priority, replaces] = task
        replaceEarlier(task, now)
        const event = [taskId, deliveryId, id, source, type] as const
        insertTask.run(...event, rule, program, now, dueAt, key, priority)
        lanes.refresh({ program, key, priority })
        // Told here, so that it is told before another task of the same commit replaces it.
        if (replaces !== 'none') changes.push({ kind: 'task', taskId, state: 'waiting' })
      }
    },
    firstEvent(source, senderId) {
      const row = firstEvent.get(source, senderId)
      return row === undefined
        ? null
        : { id: row['id'] as string, deliveryId: row['delivery_id'] as string }
    },
    tasksOf: ({ deliveryId, id }) =>
      tasksOfEvent.all(deliveryId, id).map((row) => ({
        id: row['id'] as string,
        rule: row['rule'] as string,
        program: row['program'] as string,
        state: row['state'] as TaskState,
      })),
  }
}
