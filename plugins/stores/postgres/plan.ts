import type {
  AcceptedEvent,
  AcceptReceipt,
  DeliveryRecord,
  NewEvent,
  NewTask,
  TaskState,
} from '../../../core/index.ts'
import { KnownEvents } from './known-events.ts'
import { Replacing } from './replacing.ts'
import { indexableOrNull, storable, storableOrNull } from './text.ts'
import type { Batch, Incoming } from './writes.ts'

/** Rows as the database takes them. Those of tasks may still change while others of the same batch replace them. */
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

/** Decides what becomes of entries, in their order; answers a receipt for each. */
export async function planEntries(
  batch: Batch,
  plan: Plan,
  incoming: readonly Incoming[],
): Promise<readonly AcceptReceipt[]> {
  const known = await KnownEvents.find(batch.transaction, incoming)
  return incoming.map((each) => planEntry(batch, plan, { ...each, known }))
}

/** A delivery alone. */
export function planDelivery(plan: Plan, delivery: DeliveryRecord): void {
  const { id, source, receivedAt, method, path, headers, client, outcome, reason } = delivery
  const texts = { method: storable(method), path: storable(path), client: storableOrNull(client) }
  plan.bodies.push(delivery.body)
  plan.deliveries.push({
    ...{ id, source, received_at: Math.trunc(receivedAt), ...texts, outcome },
    headers: storable(JSON.stringify(headers)),
    reason: storableOrNull(reason),
    original_id: delivery.originalId,
    body_bytes: delivery.body.byteLength,
  })
}

function planEntry(
  batch: Batch,
  plan: Plan,
  { entry: { delivery, events }, known }: Incoming & { readonly known: KnownEvents },
): AcceptReceipt {
  const first = events.map(({ senderId }) =>
    senderId === null ? undefined : known.get(delivery.source, senderId),
  )
  const isRepeated = events.length > 0 && first.every((event) => event !== undefined)
  const originalId = isRepeated ? (first[0]?.deliveryId ?? null) : null
  planDelivery(plan, originalId === null ? delivery : asDuplicate(delivery, originalId))
  const planned = events.map((event, position) => {
    // Looked up again: two events of one delivery can carry one id too, and the second then repeats the first.
    const before = event.senderId === null ? undefined : known.get(delivery.source, event.senderId)
    if (before !== undefined) return { id: before.id, duplicate: true, tasks: before.tasks }
    return planEvent(batch, plan, { delivery, event, position, known })
  })
  return {
    deliveryId: originalId ?? delivery.id,
    duplicate: originalId !== null,
    events: planned.map((event) => withStates(event, plan)),
  }
}

interface EventPlan {
  readonly delivery: DeliveryRecord
  readonly event: NewEvent
  /** Among the delivery's events, from 0. */
  readonly position: number
  readonly known: KnownEvents
}

function planEvent(
  batch: Batch,
  plan: Plan,
  { delivery, event, position, known }: EventPlan,
): AcceptedEvent {
  const { id, type, senderId, facts, decisions, payload } = event
  plan.events.push({
    ...{ delivery_id: delivery.id, id, position, source: delivery.source, type: storable(type) },
    ...{ sender_id: storableOrNull(senderId), sender_key: indexableOrNull(senderId) },
    ...{ facts: storable(JSON.stringify(facts)), decisions: storable(JSON.stringify(decisions)) },
    payload: storableOrNull(payload),
  })
  for (const task of event.tasks) planTask(batch, plan, { task, event, delivery })
  const tasks = event.tasks.map((task) => {
    const { rule, program } = task
    return { id: task.id, rule, program, state: 'waiting' } as const
  })
  if (senderId !== null) {
    known.add(delivery.source, senderId, { id, deliveryId: delivery.id, tasks })
  }
  return { id, duplicate: false, tasks }
}

interface TaskPlan {
  readonly task: NewTask
  readonly event: NewEvent
  readonly delivery: DeliveryRecord
}

function planTask(batch: Batch, plan: Plan, { task, event, delivery }: TaskPlan): void {
  const { id, rule, program, dueAt, policyKey, priority } = task
  const { payload } = event
  const lane = indexableOrNull(policyKey)
  const row = {
    ...{ id, delivery_id: delivery.id, event_id: event.id, source: delivery.source, rule, program },
    ...{ event_type: storable(event.type), policy_key: storableOrNull(policyKey), lane, priority },
    payload_bytes: payload === null ? delivery.body.byteLength : Buffer.byteLength(payload),
    ...{ state: 'waiting', created_at: batch.now, due_at: batch.clock.toStore(dueAt) },
    ...{ ended_at: null, replaced_by: null, reason: null },
  }
  plan.replacing.add(row, task.replaces)
  plan.tasks.set(id, row)
  batch.touched.add(program, lane)
  batch.changes.push({ kind: 'task', taskId: id, state: 'waiting' })
}

// Of one entry too, a later task can take the place of an earlier one.
function withStates(event: AcceptedEvent, plan: Plan): AcceptedEvent {
  const tasks = event.tasks.map((task) => {
    const state = (plan.tasks.get(task.id)?.['state'] as TaskState | undefined) ?? task.state
    return { ...task, state }
  })
  return { ...event, tasks }
}

function asDuplicate(delivery: DeliveryRecord, originalId: string): DeliveryRecord {
  return { ...delivery, outcome: 'duplicate', originalId, body: new Uint8Array(0) }
}
