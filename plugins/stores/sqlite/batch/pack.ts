import type { AcceptEntry, DeliveryRecord, NewEvent, NewTask } from '../../../../core/sdk/store.ts'
import type { PackedDelivery, PackedEntry, PackedEvent, PackedTask } from './messages.ts'

const NO_BODY = new Uint8Array(0)

/** All of an entry except its delivery's body. */
export function packEntry({ delivery, events }: AcceptEntry): PackedEntry {
  return [packDelivery(delivery), packEvents(events)]
}

export function packEntryOrNull(entry: AcceptEntry | null): PackedEntry | null {
  return entry === null ? null : packEntry(entry)
}

/** The body of an entry's delivery; none if there is no entry. */
export function bodyOf(entry: AcceptEntry | null): Uint8Array {
  return entry?.delivery.body ?? NO_BODY
}

/** All of a delivery except its body, which is sent separately. */
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
    delivery.recovered ?? null,
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
  const { id, rule, program, dueAt, policyKey, priority, replaces, approvalMs = null } = task
  return [id, rule, program, Math.ceil(dueAt), policyKey, priority, replaces, approvalMs]
}
