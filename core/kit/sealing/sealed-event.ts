import type { AcceptEntry, NewEvent, StoredEvent } from '../../contracts/store.ts'
import { bodySpot, escapeDelivery, sealDelivery } from './sealed-delivery.ts'
import { headOf } from './sealed-form.ts'
import { escapeFields, openFields, sealFields } from './sealed-record.ts'
import { looksSealed, type Sealer, type Spot } from './sealer.ts'

/** An entry with its delivery, and the facts and payloads of its events, sealed. */
export function sealEntry(sealer: Sealer, { delivery, events }: AcceptEntry): AcceptEntry {
  const seal = (event: NewEvent): NewEvent => {
    const at = { deliveryId: delivery.id, id: event.id }
    return {
      ...event,
      facts: sealFields(sealer, factsSpot(at), event.facts),
      payload: event.payload === null ? null : sealer.seal(payloadSpot(at), event.payload),
    }
  }
  return { delivery: sealDelivery(sealer, delivery), events: events.map(seal) }
}

/** An entry that is not to be sealed. Costs next to nothing. */
export function escapeEntry(sealer: Sealer, entry: AcceptEntry): AcceptEntry {
  const delivery = escapeDelivery(sealer, entry.delivery)
  const events = entry.events.map((event) => {
    const facts = escapeFields(sealer, event.facts)
    const payload = event.payload === null ? null : sealer.escape(event.payload)
    return facts === event.facts && payload === event.payload ? event : { ...event, facts, payload }
  })
  return { delivery, events }
}

/** Throws `key_missing` or `sealed_value_broken`. */
export function openEvent<Stored extends Omit<StoredEvent, 'decisions'>>(
  sealer: Sealer,
  stored: Stored,
): Stored {
  return {
    ...stored,
    facts: openFields(sealer, factsSpot(stored), stored.facts),
    payload: openPayload(sealer, stored),
  }
}

type EventPlace = Pick<StoredEvent, 'deliveryId' | 'id'>

// Where the body is the payload, the store answers the body as it keeps it.
function openPayload(sealer: Sealer, event: EventPlace & Pick<StoredEvent, 'payload'>): string {
  const { payload, deliveryId } = event
  if (!looksSealed(payload)) return payload
  if (headOf(payload)?.kind !== 'body') return sealer.open(payloadSpot(event), payload)
  return new TextDecoder().decode(sealer.openBytes(bodySpot(deliveryId), payload))
}

function factsSpot({ deliveryId, id }: EventPlace): Spot {
  return { kind: 'facts', place: ['delivery', deliveryId, 'event', id] }
}

function payloadSpot({ deliveryId, id }: EventPlace): Spot {
  return { kind: 'payload', place: ['delivery', deliveryId, 'event', id] }
}
