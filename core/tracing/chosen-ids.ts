import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace'
import type { TraceIds } from './trace-ids.ts'

/** Generates the ids of spans. Ids can be chosen for a span; others are random. */
export class ChosenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator()
  #chosen: Partial<TraceIds> = {}

  /** Spans that are made while `make` runs get these ids. */
  use<Made>(chosen: Partial<TraceIds>, make: () => Made): Made {
    this.#chosen = chosen
    try {
      return make()
    } finally {
      this.#chosen = {}
    }
  }

  generateTraceId(): string {
    return this.#chosen.traceId ?? this.#random.generateTraceId()
  }

  generateSpanId(): string {
    return this.#chosen.spanId ?? this.#random.generateSpanId()
  }
}
