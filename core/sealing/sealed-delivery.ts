import type { DeliveryRecord, DeliverySummary } from '../contracts/store.ts'
import { isHooklineError } from '../errors/errors.ts'
import {
  escapeFields,
  looksSealed,
  openFields,
  type Sealer,
  type SealingContext,
  sealFields,
} from './sealer.ts'

/** Field with the length of the body as it was sent, if the stored one differs. No header has such a name. */
const BODY_BYTES = ':body-bytes'

interface Head {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** Seals the body, the headers and the query of a delivery. */
export function sealDelivery(sealer: Sealer, delivery: DeliveryRecord): DeliveryRecord {
  const { id, path, headers, body } = delivery
  return {
    ...delivery,
    path: path.split('?', 1)[0] ?? '',
    headers: {
      ...sealFields(sealer, headContext(id), { path, headers }),
      [BODY_BYTES]: String(body.byteLength),
    },
    body: Buffer.from(sealer.seal(bodyContext(id), body), 'latin1'),
  }
}

/** A delivery that is not to be sealed. Returns the same object unless a part of it looks sealed. */
export function escapeDelivery(sealer: Sealer, delivery: DeliveryRecord): DeliveryRecord {
  const headers = escapeFields(sealer, delivery.headers)
  if (!looksSealed(delivery.body)) {
    return headers === delivery.headers ? delivery : { ...delivery, headers }
  }
  const body = Buffer.concat([Buffer.from(sealer.mark('')), delivery.body])
  const bodyBytes = String(delivery.body.byteLength)
  return { ...delivery, headers: { ...headers, [BODY_BYTES]: bodyBytes }, body }
}

/** Throws `key_missing` or `sealed_value_broken`. */
export function openDelivery(sealer: Sealer, stored: DeliveryRecord): DeliveryRecord {
  const { body } = stored
  return {
    ...openHead(sealer, stored),
    body: looksSealed(body) ? sealer.openBytes(bodyContext(stored.id), latin1(body)) : body,
  }
}

/** Leaves out headers and query if they cannot be opened, so that the rest of a list can still be shown. */
export function openSummary(sealer: Sealer, stored: DeliverySummary): DeliverySummary {
  const bodyBytes = stored.headers[BODY_BYTES]
  const opened = openedHead(sealer, stored)
  return bodyBytes === undefined ? opened : { ...opened, bodyBytes: Number(bodyBytes) }
}

/** Context of the body of a delivery. */
export function bodyContext(deliveryId: string): SealingContext {
  return { kind: 'body', path: ['delivery', deliveryId] }
}

function openedHead(sealer: Sealer, stored: DeliverySummary): DeliverySummary {
  try {
    return openHead(sealer, stored)
  } catch (error) {
    if (!isHooklineError(error)) throw error
    return { ...stored, headers: {} }
  }
}

function openHead<Stored extends Head & { readonly id: string }>(
  sealer: Sealer,
  stored: Stored,
): Stored {
  const { [BODY_BYTES]: _, ...headers } = stored.headers
  const opened: Readonly<Record<string, unknown>> = openFields(
    sealer,
    headContext(stored.id),
    headers,
  )
  if (opened === headers) return { ...stored, headers }
  // The path is part of them only if they were sealed.
  const { path, headers: sealed } = opened as Readonly<Partial<Head>>
  if (typeof sealed !== 'object') return { ...stored, headers: opened }
  return { ...stored, path, headers: sealed }
}

function headContext(deliveryId: string): SealingContext {
  return { kind: 'head', path: ['delivery', deliveryId] }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
