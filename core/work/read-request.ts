import type { EventRequest } from '../contracts/event.ts'
import type { Claim, StoreInstance } from '../contracts/store.ts'
import { requestOf } from '../matching/event-request.ts'
import { readIdempotencyKey } from './idempotency-key.ts'

/** Makes the link that approves the task of an event; null: it has none. */
export type MakeApprovalLink = (event: Claim['event']) => Promise<string | null>

/** The request of a stored delivery; null if it was deleted. */
export async function readRequest(
  store: Pick<StoreInstance, 'delivery'>,
  deliveryId: string,
): Promise<EventRequest | null> {
  const delivery = await store.delivery(deliveryId)
  return delivery && requestOf(delivery)
}

interface ReadsOptions {
  readonly store: Pick<StoreInstance, 'delivery' | 'attempts'>
  readonly approvalLink?: MakeApprovalLink
}

/** What an attempt reads only if its program needs it. */
export function readsOf(
  { store, approvalLink }: ReadsOptions,
  { lease, task, event }: Pick<Claim, 'lease' | 'task' | 'event'>,
) {
  return {
    idempotencyKey: () => readIdempotencyKey(store, lease),
    request: () => readRequest(store, task.deliveryId),
    approvalLink: async () => (await approvalLink?.(event)) ?? null,
  }
}
