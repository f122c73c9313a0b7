import type { Facts } from '../contracts/event.ts'
import type { AcceptEntry, DeliveryOutline, NewEvent, StoredEvent } from '../contracts/store.ts'
import { isHooklineError } from '../errors/errors.ts'
import { bodyContext, escapeDelivery, sealDelivery } from './sealed-delivery.ts'
import { headOf } from './sealed-form.ts'
import {
  escapeFields,
  looksSealed,
  openFields,
  type Sealer,
  type SealingContext,
  sealFields,
} from './sealer.ts'

/** Seals the delivery of an entry, and the facts and payloads of its events. */
export function sealEntry(sealer: Sealer, { delivery, events }: AcceptEntry): AcceptEntry {
  const seal = (event: NewEvent): NewEvent => {
    const at = { deliveryId: delivery.id, id: event.id }
    return {
      ...event,
      facts: sealFields(sealer, factsContext(at), event.facts),
      payload: event.payload === null ? null : sealer.seal(payloadContext(at), event.payload),
    }
  }
  return { delivery: sealDelivery(sealer, delivery), events: events.map(seal) }
}

/** An entry that is not to be sealed. Copies only what looks sealed. */
export function escapeEntry(sealer: Sealer, entry: AcceptEntry): AcceptEntry {
  const delivery = escapeDelivery(sealer, entry.delivery)
  let isSame = delivery === entry.delivery
  const events = entry.events.map((event) => {
    const facts = escapeFields(sealer, event.facts)
    const payload = event.payload === null ? null : sealer.escape(event.payload)
    if (facts === event.facts && payload === event.payload) return event
    isSame = false
    return { ...event, facts, payload }
  })
  return isSame ? entry : { delivery, events }
}

/** Throws `key_missing` or `sealed_value_broken`. */
export function openEvent<Stored extends Omit<StoredEvent, 'decisions'>>(
  sealer: Sealer,
  stored: Stored,
): Stored {
  return {
    ...stored,
    facts: openFacts(sealer, stored, stored.facts),
    payload: openPayload(sealer, stored),
  }
}

/** Throws as `openEvent` does. */
export function openFacts(sealer: Sealer, event: EventIds, facts: Facts): Facts {
  return openFields(sealer, factsContext(event), facts)
}

/** Facts that cannot be opened, since their key was forgotten or they were changed, are left out: a list shows the rest. */
export function openOutline(sealer: Sealer, outline: DeliveryOutline): DeliveryOutline {
  const { deliveryId } = outline
  const events = outline.events.map((event) => {
    try {
      return { ...event, facts: openFacts(sealer, { deliveryId, id: event.id }, event.facts) }
    } catch (error) {
      if (!isHooklineError(error)) throw error
      return { ...event, facts: {} }
    }
  })
  return { ...outline, events }
}

type EventIds = Pick<StoredEvent, 'deliveryId' | 'id'>

// If the body is the payload, the store returns the body as it is stored.
function openPayload(sealer: Sealer, event: EventIds & Pick<StoredEvent, 'payload'>): string {
  const { payload, deliveryId } = event
  if (!looksSealed(payload)) return payload
  if (headOf(payload)?.kind !== 'body') return sealer.open(payloadContext(event), payload)
  return new TextDecoder().decode(sealer.openBytes(bodyContext(deliveryId), payload))
}

function factsContext({ deliveryId, id }: EventIds): SealingContext {
  return { kind: 'facts', path: ['delivery', deliveryId, 'event', id] }
}

function payloadContext({ deliveryId, id }: EventIds): SealingContext {
  return { kind: 'payload', path: ['delivery', deliveryId, 'event', id] }
}
