import type { DeliveryRecord, DeliverySummary } from '../../contracts/store.ts'
import { isHooklineError } from '../errors.ts'
import { escapeFields, openFields, sealFields } from './sealed-record.ts'
import { looksSealed, type Sealer, type Spot } from './sealer.ts'

/** The length of the body as it was sent, where it is not kept so. No header has such a name. */
const BODY_BYTES = ':body-bytes'

interface Head {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** A delivery with its body, its headers and the query of its path sealed. */
export function sealDelivery(sealer: Sealer, delivery: DeliveryRecord): DeliveryRecord {
  const { id, path, headers, body } = delivery
  return {
    ...delivery,
    path: path.split('?', 1)[0] ?? '',
    headers: {
      ...sealFields(sealer, headSpot(id), { path, headers }),
      [BODY_BYTES]: String(body.byteLength),
    },
    body: Buffer.from(sealer.seal(bodySpot(id), body), 'latin1'),
  }
}

/** A delivery that is not to be sealed: the same object, unless something of it could be taken for sealed. */
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
    body: looksSealed(body) ? sealer.openBytes(bodySpot(stored.id), latin1(body)) : body,
  }
}

/** What cannot be opened is left out, the query of the path with it: the others of a list are to be seen in any case. */
export function openSummary(sealer: Sealer, stored: DeliverySummary): DeliverySummary {
  const bodyBytes = stored.headers[BODY_BYTES]
  const opened = openedHead(sealer, stored)
  return bodyBytes === undefined ? opened : { ...opened, bodyBytes: Number(bodyBytes) }
}

/** Where the body of a delivery is. */
export function bodySpot(deliveryId: string): Spot {
  return { kind: 'body', place: ['delivery', deliveryId] }
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
  const opened: Readonly<Record<string, unknown>> = openFields(sealer, headSpot(stored.id), headers)
  if (opened === headers) return { ...stored, headers }
  // Only where they were sealed does the path stand with them.
  const { path, headers: sealed } = opened as Readonly<Partial<Head>>
  if (typeof sealed !== 'object') return { ...stored, headers: opened }
  return { ...stored, path, headers: sealed }
}

function headSpot(deliveryId: string): Spot {
  return { kind: 'head', place: ['delivery', deliveryId] }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
