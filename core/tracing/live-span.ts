import { type Span as OtelSpan, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { parseTraceParent } from '@opentelemetry/core'
import type { Span, SpanAttributes } from '../contracts/tracer.ts'
import { toTraceparent } from './trace-ids.ts'

/** A `Span` over one of OpenTelemetry. */
export class LiveSpan implements Span {
  readonly #span: OtelSpan

  constructor(span: OtelSpan) {
    this.#span = span
  }

  get traceparent(): string {
    const context = this.#span.spanContext()
    return toTraceparent(context, (context.traceFlags & TraceFlags.SAMPLED) !== 0)
  }

  event(name: string, attributes: SpanAttributes = {}): void {
    this.#span.addEvent(name, { ...attributes })
  }

  link(traceparent: string | undefined): void {
    const context = traceparent === undefined ? null : parseTraceParent(traceparent)
    if (context !== null) this.#span.addLink({ context: { ...context, isRemote: true } })
  }

  end(attributes: SpanAttributes, fault: string | null): void {
    if (!this.#span.isRecording()) return
    this.#span.setAttributes({ ...attributes })
    if (fault !== null) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: fault })
    this.#span.end()
  }
}
