import type { DeliveryOutcome } from '../contracts/delivery.ts'
import type { DeliveryRecord } from '../contracts/store.ts'
import type { Gate } from './gate.ts'
import { maskHeaders, maskPath, maskText } from './mask-headers.ts'
import type { ReceivedDelivery } from './received-delivery.ts'

// Enough to find out what was wrong with it; larger bodies of refused senders would fill the disk.
const MAX_REFUSED_BODY_BYTES = 65_536

export interface Fate {
  readonly outcome: DeliveryOutcome
  readonly reason?: string
  readonly originalId?: string
}

/** A delivery as it is stored. */
export function toRecord(delivery: ReceivedDelivery, gate: Gate, fate: Fate): DeliveryRecord {
  const secrets = fate.outcome === 'refused' ? gate.allSecrets : gate.secrets
  return {
    id: delivery.id,
    source: delivery.source,
    receivedAt: delivery.receivedAt.getTime(),
    method: delivery.method,
    path: maskPath(delivery.path, secrets),
    headers: maskHeaders(delivery.headers, gate.source.secretHeaders, secrets),
    client: delivery.client,
    body: delivery.body,
    outcome: fate.outcome,
    reason: fate.reason === undefined ? null : maskText(fate.reason, secrets),
    originalId: fate.originalId ?? null,
  }
}

/** A refused delivery as it is stored: a large body is left out. */
export function refusedRecord(
  delivery: ReceivedDelivery,
  gate: Gate,
  reason: string,
): DeliveryRecord {
  const record = toRecord(delivery, gate, { outcome: 'refused', reason })
  const bytes = record.body.byteLength
  if (bytes <= MAX_REFUSED_BODY_BYTES) return record
  return {
    ...record,
    body: new Uint8Array(0),
    reason: `${reason} (its body of ${bytes} bytes was not kept)`,
  }
}

/** Whether the body of a refused delivery was left out. */
export function isBodyLeftOut({ body, reason }: DeliveryRecord): boolean {
  return body.byteLength === 0 && / \(its body of \d+ bytes was not kept\)$/.test(reason ?? '')
}
