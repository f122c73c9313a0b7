import { pendingColumns } from '../../../../core/sdk/store/approvals.ts'
import { previousText } from '../../../../core/sdk/store/rows.ts'
import type { FirstEvent, NextTask, TaskSummary } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { PackedDelivery, PackedEvent } from '../batch/messages.ts'
import { packBody } from '../bodies/bodies.ts'
import { rows } from '../read/rows.ts'
import { prepareReplace } from './replace.ts'

const INSERT_DELIVERY = `
  INSERT INTO deliveries
    (id, source, received_at, method, path, headers, client, outcome, reason, original_id, recovered,
      body, unpacked_bytes)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
// Not by a trigger: SQLite then keeps a copy of each page that the statement changes, to be able to undo it.
const NOTE_DELIVERY = 'INSERT INTO unprojected_deliveries (id) VALUES (?)'
const INSERT_EVENT = `
  INSERT INTO events (delivery_id, id, position, source, type, sender_id, facts, decisions, payload)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const INSERT_TASK = `
  INSERT INTO tasks
    (id, delivery_id, event_id, source, event_type, rule, program, state, created_at, due_at, policy_key, priority)
  VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?)`
// Of the same event and rule as the task before it.
const INSERT_NEXT = `
  INSERT INTO tasks
    (id, delivery_id, event_id, source, event_type, rule, program, state, created_at, due_at, policy_key, priority, previous)
  SELECT ?, delivery_id, event_id, source, event_type, rule, ?, 'waiting', ?, ?, ?, ?, ? FROM tasks WHERE id = ?`
const HOLD =
  'UPDATE tasks SET due_at = ?, parked_by = ?, parked_due_at = ?, approval = ? WHERE id = ?'
const TASKS_OF_EVENT = `
  SELECT id, rule, program, state FROM tasks WHERE delivery_id = ? AND event_id = ? ORDER BY id`

interface EventInsert {
  readonly delivery: PackedDelivery
  readonly event: PackedEvent
  /** Among the delivery's events, from 0. */
  readonly position: number
  readonly now: number
}

/** The statements that every accept runs. */
export function prepareInserts(context: HandlerContext) {
  const { database, changes, lanes, senderIds } = context
  const replaceEarlier = prepareReplace(context)
  const insertDelivery = database.prepare(INSERT_DELIVERY)
  const noteDelivery = database.prepare(NOTE_DELIVERY)
  const insertEvent = database.prepare(INSERT_EVENT)
  const insertTask = database.prepare(INSERT_TASK)
  const insertNext = database.prepare(INSERT_NEXT)
  const setHeld = database.prepare(HOLD)
  const hold = (taskId: string, timeoutMs: number, dueAt: number, now: number): void => {
    const { due_at, parked_by, parked_due_at, approval } = pendingColumns(timeoutMs, dueAt, now)
    setHeld.run(due_at, parked_by, parked_due_at, approval, taskId)
  }
  const tasksOfEvent = database.prepare(TASKS_OF_EVENT)

  return {
    delivery(delivery: PackedDelivery, body: Uint8Array): void {
      insertDelivery.run(...delivery, ...packBody(body))
      noteDelivery.run(delivery[0])
    },
    /** Inserts the event and its tasks. */
    event({ delivery: [deliveryId, source], event, position, now }: EventInsert): void {
      const [id, type, senderId, facts, decisions, payload, tasks] = event
      insertEvent.run(deliveryId, id, position, source, type, senderId, facts, decisions, payload)
      if (senderId !== null) senderIds.add(source, senderId.toWellFormed(), deliveryId)
      for (const task of tasks) {
        const [taskId, rule, program, dueAt, key, priority, replaces, approvalMs] = task
        replaceEarlier(task, now)
        insertTask.run(
          taskId,
          deliveryId,
          id,
          source,
          type,
          rule,
          program,
          now,
          dueAt,
          key,
          priority,
        )
        if (approvalMs !== null) hold(taskId, approvalMs, dueAt, now)
        lanes.refresh({ program, key, priority })
        // Announced here, so before another task of the same commit replaces it.
        if (replaces !== 'none') changes.push({ kind: 'task', taskId, state: 'waiting' })
      }
    },
    /** Inserts the task of the step after another task. */
    next(next: NextTask, before: string, now: number): void {
      const { id, program, policyKey: key, priority, replaces, approvalMs } = next
      const dueAt = Math.ceil(next.dueAt)
      replaceEarlier([id, '', program, dueAt, key, priority, replaces, null], now)
      const previous = previousText(before, next)
      insertNext.run(id, program, now, dueAt, key, priority, previous, before)
      if (approvalMs !== undefined) hold(id, approvalMs, dueAt, now)
      lanes.refresh({ program, key, priority })
      changes.push({ kind: 'task', taskId: id, state: 'waiting' }, { kind: 'work' })
    },
    firstEvent: senderIds.find,
    tasksOf: ({ deliveryId, id }: FirstEvent): readonly TaskSummary[] =>
      tasksOfEvent.all(deliveryId, id).map(rows.toTaskSummary),
  }
}
