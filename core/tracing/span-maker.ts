import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { Claim } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'
import type { Span, TracedDelivery } from '../contracts/tracer.ts'
import { OWN_SOURCE } from '../own-events/catalog.ts'
import type { ChosenIds } from './chosen-ids.ts'
import { LiveSpan } from './live-span.ts'
import { traceOfDelivery } from './trace-ids.ts'

/** Makes the spans of deliveries and attempts. */
export class SpanMaker {
  readonly #tracer: Tracer
  readonly #ids: ChosenIds

  constructor(tracer: Tracer, ids: ChosenIds) {
    this.#tracer = tracer
    this.#ids = ids
  }

  delivery({ id, source, method, startedAt, originalId }: TracedDelivery): Span {
    const options = {
      kind: SpanKind.SERVER,
      startTime: startedAt,
      links: originalId === undefined ? [] : [linkTo(originalId)],
      attributes: {
        'hookline.delivery.id': id,
        'hookline.source': source,
        'http.request.method': method,
      },
    }
    const start = () => this.#tracer.startSpan(`receive ${source}`, options, ROOT_CONTEXT)
    return new LiveSpan(this.#ids.use(traceOfDelivery(id), start))
  }

  attempt({ task, event }: Claim): Span {
    const isOwn = event.source === OWN_SOURCE
    const cause = event.facts['delivery']
    const options = {
      kind: SpanKind.CONSUMER,
      // The delivery that an own event is about has a trace of its own.
      links: isOwn && typeof cause === 'string' ? [linkTo(cause)] : [],
      attributes: {
        'hookline.task.id': task.id,
        'hookline.task.attempt': task.attempts,
        'hookline.task.waited_ms': Math.max(0, Date.now() - task.dueAt),
        'hookline.program': task.program,
        'hookline.rule': task.rule,
        'hookline.source': event.source,
        'hookline.event.type': event.type,
        'hookline.event.id': event.id,
        'hookline.delivery.id': event.deliveryId,
      },
    }
    return this.#taskSpan(`run ${task.program}`, options, task)
  }

  followed(task: TaskRecord): Span {
    const options = {
      kind: SpanKind.CONSUMER,
      ...(task.handedOver === null ? {} : { startTime: task.handedOver.at }),
      attributes: {
        'hookline.task.id': task.id,
        'hookline.task.attempt': task.attempts,
        'hookline.program': task.program,
        'hookline.rule': task.rule,
      },
    }
    return this.#taskSpan(`follow ${task.program}`, options, task)
  }

  #taskSpan(name: string, options: SpanOptions, { source, deliveryId }: TaskRecord): Span {
    const { traceId } = traceOfDelivery(deliveryId)
    // An own event came with no request, so its span has no parent.
    const parent = source === OWN_SOURCE ? ROOT_CONTEXT : childOf(deliveryId)
    const start = () => this.#tracer.startSpan(name, options, parent)
    return new LiveSpan(this.#ids.use({ traceId }, start))
  }
}

function childOf(deliveryId: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, contextOf(deliveryId))
}

function linkTo(deliveryId: string): Link {
  return { context: contextOf(deliveryId) }
}

function contextOf(deliveryId: string): SpanContext {
  return { ...traceOfDelivery(deliveryId), traceFlags: TraceFlags.SAMPLED, isRemote: true }
}
