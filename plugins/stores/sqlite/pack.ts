import type { AcceptEntry, DeliveryRecord, NewEvent, NewTask } from '../../../core/index.ts'
import type { PackedDelivery, PackedEntry, PackedEvent, PackedTask } from './messages.ts'

/** All of an entry but its delivery's body. */
export function packEntry({ delivery, events }: AcceptEntry): PackedEntry {
  return [packDelivery(delivery), packEvents(events)]
}

/** All of a delivery but its body, which travels apart. */
export function packDelivery(delivery: DeliveryRecord): PackedDelivery {
  return [
    delivery.id,
    delivery.source,
    Math.trunc(delivery.receivedAt),
    delivery.method,
    delivery.path,
    JSON.stringify(delivery.headers),
    delivery.client,
    delivery.outcome,
    delivery.reason,
    delivery.originalId,
  ]
}

function packEvents(events: readonly NewEvent[]): readonly PackedEvent[] {
  return events.map((event) => [
    event.id,
    event.type,
    event.senderId,
    JSON.stringify(event.facts),
    JSON.stringify(event.decisions),
    event.payload,
    event.tasks.map(packTask),
  ])
}

function packTask(task: NewTask): PackedTask {
  const { id, rule, program, dueAt, policyKey, priority, replaces } = task
  return [id, rule, program, Math.ceil(dueAt), policyKey, priority, replaces]
}
