import type { EventRequest } from '../contracts/event.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { requestOf } from '../matching/event-request.ts'

/** The request of a stored delivery; null if it was deleted. */
export async function readRequest(
  store: Pick<StoreInstance, 'delivery'>,
  deliveryId: string,
): Promise<EventRequest | null> {
  const delivery = await store.delivery(deliveryId)
  return delivery && requestOf(delivery)
}
