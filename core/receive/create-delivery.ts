import { createId } from '../kit/id.ts'
import { ReceivedDelivery } from '../matching/received-delivery.ts'
import type { RequestHead } from './admission.ts'
import type { ReceivingConfig } from './receiving-config.ts'

interface DeliveryContent {
  readonly client: string | null
  readonly viaProxy?: boolean
  readonly body: Uint8Array
  /** See `DeliveryParts`. Default: the delivery needs no verification. */
  readonly maxUnverifiedBytes?: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A delivery with a new id. */
export function createDelivery(
  { config }: ReceivingConfig,
  { source, method, path, headers }: Omit<RequestHead, 'socketAddress' | 'tunnelClient'>,
  { now, ...content }: DeliveryContent,
): ReceivedDelivery {
  return new ReceivedDelivery({
    id: createId('dlv', now),
    source,
    method,
    publicUrl: config.settings.publicUrl,
    path,
    headers,
    receivedAt: new Date(now),
    ...content,
  })
}
