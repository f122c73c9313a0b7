import { createHash } from 'node:crypto'

/** Ids of a span and its trace (https://www.w3.org/TR/trace-context/#traceparent-header-field-values). */
export interface TraceIds {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string
}

/**
 * Trace and span of a delivery, derived from its id. So any node that runs its tasks, even a week later, finds the trace
 * without storing it. Ids have 55 random bits, so the trace cannot be guessed.
 */
export function traceOfDelivery(deliveryId: string): TraceIds {
  const hash = createHash('sha256').update(`hookline trace ${deliveryId}`).digest('hex')
  return { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48) }
}

/** The value of a `traceparent` header. */
export function toTraceparent({ traceId, spanId }: TraceIds, isSampled: boolean): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}
