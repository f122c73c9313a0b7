import type { DeliveryRecord, NewEvent } from '../../../core/index.ts'
import type { PackedDelivery, PackedEvent } from './messages.ts'

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

export function packEvents(events: readonly NewEvent[]): readonly PackedEvent[] {
  return events.map((event) => [
    event.id,
    event.type,
    event.senderId,
    JSON.stringify(event.facts),
    JSON.stringify(event.decisions),
    event.payload,
    event.tasks.map(({ id, rule, program, dueAt }) => [id, rule, program, Math.ceil(dueAt)]),
  ])
}
