import { createHash } from 'node:crypto'

/** Names one place in a trace (https://www.w3.org/TR/trace-context/#traceparent-header-field-values). */
export interface TraceIds {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string
}

/**
 * Trace and span of a delivery, from its id alone: so any node that runs its tasks, now or after a week, finds the trace
 * without the store holding it. Ids have 55 random bits, so whoever does not know the id does not know these.
 */
export function traceOfDelivery(deliveryId: string): TraceIds {
  const hash = createHash('sha256').update(`hookline trace ${deliveryId}`).digest('hex')
  return { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48) }
}

export function toTraceparent({ traceId, spanId }: TraceIds, isSampled: boolean): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}
