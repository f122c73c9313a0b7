import type { AcceptEntry, DeliveryRecord } from '../contracts/store.ts'
import type { Tracer } from '../contracts/tracer.ts'
import { planEvents } from '../matching/plan-events.ts'
import { sourceToReplay } from './admission.ts'
import { createDelivery } from './create-delivery.ts'
import { ACCEPTED, endSpan, outcomeOfError } from './outcome.ts'
import { parseDelivery } from './parse-delivery.ts'
import type { ReceivingConfig } from './receiving-config.ts'
import { toRecord } from './record.ts'

/** A replay that is ready to be committed. One of the two functions is to be called, once. */
export interface Replay {
  readonly entry: AcceptEntry
  readonly committed: () => void
  readonly failed: (error: unknown) => void
}

interface ReplayOptions {
  readonly config: ReceivingConfig
  readonly tracer: Tracer
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Parses and matches a stored delivery again. Throws `delivery_not_replayable`, and what its source throws. */
export async function planReplay(
  original: DeliveryRecord,
  { config, tracer, now }: ReplayOptions,
): Promise<Replay> {
  const source = sourceToReplay(config, original)
  const { client, body, method, id: originalId } = original
  const delivery = createDelivery(config, original, { client, body, now })
  const span = tracer.delivery({
    id: delivery.id,
    source: original.source,
    method,
    startedAt: now,
    originalId,
  })
  const failed = (error: unknown) => endSpan(span, outcomeOfError(error))
  try {
    const record = toRecord(delivery, source, { outcome: 'accepted', originalId })
    const parsed = await parseDelivery(delivery, source)
    // Without the sender's ids, its events are no duplicates.
    const withoutIds = parsed.map((event) => ({ ...event, id: null }))
    const events = await planEvents(delivery, withoutIds, config.rules, record)
    const entry = { delivery: record, events }
    return { entry, failed, committed: () => endSpan(span, ACCEPTED) }
  } catch (error) {
    failed(error)
    throw error
  }
}
