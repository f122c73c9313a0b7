import type { Claim } from './store.ts'
import type { TaskRecord } from './task.ts'

/** Must not hold a payload, a secret or the output of a program. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** An open span of a trace. No method throws or waits. */
export interface Span {
  /** Given to the attempt's program (https://www.w3.org/TR/trace-context/#traceparent-header); null without tracing. */
  readonly traceparent: string | null
  /** Adds an event at this moment. */
  event(name: string, attributes?: SpanAttributes): void
  /** Links to the sender's trace. An invalid `traceparent` is ignored. */
  link(traceparent: string | undefined): void
  /** `fault` is a short code of what went wrong, or null. Only the first call counts. */
  end(attributes: SpanAttributes, fault: string | null): void
}

export interface TracedDelivery {
  readonly id: string
  readonly source: string
  readonly method: string
  /** When its request began (ms since the epoch). */
  readonly startedAt: number
  /** Id of the delivery that it replays. */
  readonly originalId?: string
}

/** Makes spans. The trace of a delivery is derived from its id, so every node finds it. */
export interface Tracer {
  delivery(delivery: TracedDelivery): Span
  attempt(claim: Claim): Span
  /** The time that a task's attempt spent at an outside engine. */
  followed(task: TaskRecord): Span
}
