import type { DeliveryRecord } from '../contracts/store.ts'
import { createId } from '../kit/id.ts'
import { ReceivedDelivery } from './received-delivery.ts'

/** What Hookline makes a delivery of. */
export interface DeliveryMaking {
  readonly source: string
  readonly method: string
  readonly path: string
  /** JSON text: the body, which is the payload too. */
  readonly payload: string
  /** Address of the caller that asked for it; null if there is none. */
  readonly client: string | null
  /** Id of the delivery that it repeats. */
  readonly originalId: string | null
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A delivery that Hookline makes by itself, and its record. */
export function makeDelivery({ payload, now, originalId, ...given }: DeliveryMaking): {
  readonly delivery: ReceivedDelivery
  readonly record: DeliveryRecord
} {
  const parts = {
    ...given,
    id: createId('dlv', now),
    headers: {},
    body: Buffer.from(payload),
  }
  const delivery = new ReceivedDelivery({ ...parts, publicUrl: '', receivedAt: new Date(now) })
  const record = {
    ...parts,
    receivedAt: now,
    outcome: 'accepted',
    reason: null,
    originalId,
  } as const
  return { delivery, record }
}
