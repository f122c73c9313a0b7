import type { EndedTask, Unprojected, UnprojectedDelivery } from '../contracts/projection.ts'
import { isHooklineError } from '../errors/errors.ts'
import { openSummary } from './sealed-delivery.ts'
import { openFacts } from './sealed-event.ts'
import { openTaskReason } from './sealed-task.ts'
import { hasSealedFields, looksSealed, type Sealer } from './sealer.ts'

/** Leaves out what cannot be opened: its key was forgotten, or it was changed. All else is still projected. */
export function openUnprojected(sealer: Sealer, stored: Unprojected): Unprojected {
  return {
    ...stored,
    deliveries: stored.deliveries.map((delivery) => openDelivery(sealer, delivery)),
    ends: stored.ends.map((end) => openEnd(sealer, end)),
  }
}

function openDelivery(sealer: Sealer, stored: UnprojectedDelivery): UnprojectedDelivery {
  const { id: deliveryId, headers, events } = stored
  const isSealed = hasSealedFields(headers) || events.some(({ facts }) => hasSealedFields(facts))
  const opened = events.map((event) => {
    const at = { deliveryId, id: event.id }
    return { ...event, facts: unlessBroken(() => openFacts(sealer, at, event.facts), {}) }
  })
  return { ...stored, ...openSummary(sealer, stored), events: opened, isSealed }
}

function openEnd(sealer: Sealer, stored: EndedTask): EndedTask {
  const { id, deliveryId, eventId, reason, facts } = stored
  const isSealed =
    (reason !== null && looksSealed(reason)) || (facts !== null && hasSealedFields(facts))
  const at = { deliveryId, id: eventId }
  return {
    ...stored,
    reason: unlessBroken(() => openTaskReason(sealer, id, reason), null),
    facts: facts === null ? null : unlessBroken(() => openFacts(sealer, at, facts), {}),
    isSealed,
  }
}

function unlessBroken<Value>(open: () => Value, otherwise: Value): Value {
  try {
    return open()
  } catch (error) {
    if (!isHooklineError(error)) throw error
    return otherwise
  }
}
