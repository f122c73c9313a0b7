import {
  type AcceptEntry,
  type AcceptReceipt,
  type DeliveryRecord,
  findFirstEvents,
  type HeldTask,
  type NewEvent,
  type NewTask,
  type NextTask,
  originalOf,
  pendingColumns,
  previousText,
  type TaskState,
  type TaskSummary,
  toKnownEvents,
  toReceipt,
} from '../../../../core/sdk/store.ts'
import type { Batch, Incoming } from '../batch/writes.ts'
import { indexableOrNull, storable, storableOrNull } from '../database/text.ts'
import {
  type FirstEvents,
  type FirstEventTasks,
  firstEventKey,
  readFirstEvents,
} from './first-events.ts'
import { Replacing } from './replace.ts'

const NO_BODY = new Uint8Array(0)

/** Rows to be inserted. A task's row still changes if a later task of the same batch replaces it. */
export interface Plan {
  readonly deliveries: Record<string, unknown>[]
  readonly bodies: Uint8Array[]
  readonly events: Record<string, unknown>[]
  readonly tasks: Map<string, Record<string, unknown>>
  readonly replacing: Replacing
}

export function emptyPlan(batch: Batch): Plan {
  return {
    deliveries: [],
    bodies: [],
    events: [],
    tasks: new Map(),
    replacing: new Replacing(batch),
  }
}

/** Decides what is inserted for entries, in their order. Returns a receipt for each. */
export async function planEntries(
  batch: Batch,
  plan: Plan,
  incoming: readonly Incoming[],
): Promise<readonly AcceptReceipt[]> {
  const firstEvents = await readFirstEvents(batch.transaction, incoming)
  return incoming.map(({ entry }) => planEntry(batch, plan, entry, firstEvents))
}

/** A delivery without events. */
export function planDelivery(plan: Plan, delivery: DeliveryRecord): void {
  plan.bodies.push(delivery.body)
  plan.deliveries.push({
    id: delivery.id,
    source: delivery.source,
    received_at: Math.trunc(delivery.receivedAt),
    method: storable(delivery.method),
    path: storable(delivery.path),
    headers: storable(JSON.stringify(delivery.headers)),
    client: storableOrNull(delivery.client),
    outcome: delivery.outcome,
    reason: storableOrNull(delivery.reason),
    original_id: delivery.originalId,
    recovered: delivery.recovered ?? null,
    body_bytes: delivery.body.byteLength,
  })
}

function planEntry(
  batch: Batch,
  plan: Plan,
  entry: AcceptEntry,
  firstEvents: FirstEvents,
): AcceptReceipt {
  const { delivery, events } = entry
  const known = findFirstEvents(events, {
    keyOf: ({ senderId }) => indexableOrNull(senderId),
    find: (senderKey) => firstEvents.get(firstEventKey(delivery.source, senderKey)) ?? null,
    toFirst: (event) => toFirst(event, delivery),
  })
  const originalId = originalOf(known)
  planDelivery(plan, originalId === null ? delivery : asDuplicate(delivery, originalId))
  for (const [position, event] of events.entries()) {
    if (known === null || known[position] === null) {
      planEvent(batch, plan, { delivery, event, position, firstEvents })
    }
  }
  return toReceipt(
    entry,
    toKnownEvents(known, ({ tasks }) => tasks.map((task) => withState(task, plan))),
  )
}

interface EventPlan {
  readonly delivery: DeliveryRecord
  readonly event: NewEvent
  /** Among the delivery's events, from 0. */
  readonly position: number
  readonly firstEvents: FirstEvents
}

function planEvent(
  batch: Batch,
  plan: Plan,
  { delivery, event, position, firstEvents }: EventPlan,
): void {
  const senderKey = indexableOrNull(event.senderId)
  plan.events.push({
    delivery_id: delivery.id,
    id: event.id,
    position,
    source: delivery.source,
    type: storable(event.type),
    sender_id: storableOrNull(event.senderId),
    sender_key: senderKey,
    facts: storable(JSON.stringify(event.facts)),
    decisions: storable(JSON.stringify(event.decisions)),
    payload: storableOrNull(event.payload),
  })
  for (const task of event.tasks) planTask(batch, plan, { task, event, delivery })
  if (senderKey !== null) {
    firstEvents.set(firstEventKey(delivery.source, senderKey), toFirst(event, delivery))
  }
}

interface TaskPlan {
  readonly task: NewTask
  readonly event: NewEvent
  readonly delivery: DeliveryRecord
}

function planTask(batch: Batch, plan: Plan, { task, event, delivery }: TaskPlan): void {
  const { payload } = event
  planRow(batch, plan, task, {
    delivery_id: delivery.id,
    event_id: event.id,
    source: delivery.source,
    event_type: storable(event.type),
    rule: task.rule,
    payload_bytes: payload === null ? delivery.body.byteLength : Buffer.byteLength(payload),
    previous: null,
  })
}

/** Decides that the task of a next step is inserted. Event and rule are those of the task before it. */
export function planNext(batch: Batch, plan: Plan, next: NextTask, before: HeldTask): void {
  planRow(batch, plan, next, {
    delivery_id: before['delivery_id'],
    event_id: before['event_id'],
    source: before['source'],
    event_type: before['event_type'],
    rule: before['rule'],
    payload_bytes: before['payload_bytes'],
    previous: storable(previousText(before.id, next)),
  })
}

function planRow(
  batch: Batch,
  plan: Plan,
  task: Omit<NewTask, 'rule'>,
  about: Readonly<Record<string, unknown>>,
): void {
  const { id: taskId, program, policyKey, replaces, approvalMs } = task
  const dueAt = batch.clock.toStore(task.dueAt)
  const lane = indexableOrNull(policyKey)
  const row = {
    ...about,
    id: taskId,
    program,
    policy_key: storableOrNull(policyKey),
    lane,
    priority: task.priority,
    state: 'waiting',
    created_at: batch.now,
    due_at: dueAt,
    ended_at: null,
    replaced_by: null,
    reason: null,
    ...(approvalMs !== undefined && pendingColumns(approvalMs, dueAt, batch.now)),
  }
  plan.replacing.add(row, replaces)
  plan.tasks.set(taskId, row)
  batch.touched.add(program, lane)
  batch.changes.push({ kind: 'task', taskId, state: 'waiting' })
}

function toFirst({ id, tasks }: NewEvent, delivery: DeliveryRecord): FirstEventTasks {
  return {
    id,
    deliveryId: delivery.id,
    tasks: tasks.map((task) => {
      return { id: task.id, rule: task.rule, program: task.program, state: 'waiting' }
    }),
  }
}

// A task of this batch may have been replaced since.
function withState(task: TaskSummary, plan: Plan): TaskSummary {
  const state = (plan.tasks.get(task.id)?.['state'] as TaskState | undefined) ?? task.state
  return { ...task, state }
}

function asDuplicate(delivery: DeliveryRecord, originalId: string): DeliveryRecord {
  return { ...delivery, outcome: 'duplicate', originalId, body: NO_BODY }
}
