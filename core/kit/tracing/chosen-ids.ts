import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace'
import type { TraceIds } from './trace-ids.ts'

/** Gives a span the ids that are chosen for it; random ones where none are. */
export class ChosenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator()
  #chosen: Partial<TraceIds> = {}

  /** Spans made while `make` runs get these ids. */
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
