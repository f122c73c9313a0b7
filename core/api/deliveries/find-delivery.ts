import type { DeliveryRecord, StoredEvent, StoreInstance } from '../../contracts/store.ts'
import { HooklineError } from '../../errors/errors.ts'

interface DeliveryReader {
  readonly store: Pick<StoreInstance, 'delivery' | 'events'>
}

/** The stored delivery of an id. Throws `delivery_unknown`. */
export async function findDelivery({ store }: DeliveryReader, id: string): Promise<DeliveryRecord> {
  const delivery = await store.delivery(id)
  if (delivery === null) {
    throw new HooklineError('delivery_unknown', `There is no delivery '${id.slice(0, 64)}'`)
  }
  return delivery
}

/** An event of a stored delivery: see `eventAmong`. */
export async function findEvent(
  { store }: DeliveryReader,
  delivery: string,
  id: string | undefined,
): Promise<StoredEvent> {
  return eventAmong(await store.events(delivery), delivery, id)
}

/** The event of an id among those of a delivery; undefined: the first. Throws `event_unknown`. */
export function eventAmong(
  events: readonly StoredEvent[],
  delivery: string,
  id: string | undefined,
): StoredEvent {
  const found = id === undefined ? events[0] : events.find((event) => event.id === id)
  if (found !== undefined) return found
  const which = id === undefined ? '' : ` '${id.slice(0, 64)}'`
  throw new HooklineError('event_unknown', `The delivery '${delivery}' has no event${which}`)
}
