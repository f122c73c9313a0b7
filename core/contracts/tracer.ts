import type { Claim } from './store.ts'

/** Never a payload, a secret or what a program wrote. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** A part of a trace that is under way. Nothing here throws or waits. */
export interface Span {
  /** What an attempt's program is given (https://www.w3.org/TR/trace-context/#traceparent-header); null: no tracing. */
  readonly traceparent: string | null
  /** A moment within it. */
  event(name: string, attributes?: SpanAttributes): void
  /** Points at the trace of whom sent this. What is no `traceparent` is left out. */
  link(traceparent: string | undefined): void
  /** `fault`: a short code of what went wrong, null where nothing did. The first call counts. */
  end(attributes: SpanAttributes, fault: string | null): void
}

export interface TracedDelivery {
  readonly id: string
  readonly source: string
  readonly method: string
  /** When its request began (ms since the epoch). */
  readonly startedAt: number
  /** The delivery that it replays. */
  readonly originalId?: string
}

/** Makes spans. The trace of a delivery follows from its id, so that every node finds it without being told. */
export interface Tracer {
  delivery(delivery: TracedDelivery): Span
  attempt(claim: Claim): Span
}

export interface TracingSettings {
  /** Default false. */
  readonly enabled: boolean
  /** Base URL of an OTLP receiver over HTTP. Null: `OTEL_EXPORTER_OTLP_*`, or `http://localhost:4318`. */
  readonly endpoint: string | null
  /** Null: `OTEL_SERVICE_NAME`, or `hookline`. */
  readonly serviceName: string | null
  /** Part of the traces that is kept, 0 to 1. Null: `OTEL_TRACES_SAMPLER`, or all. */
  readonly sampleRatio: number | null
}
