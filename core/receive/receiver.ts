import type { RunningConfig } from '../contracts/config.ts'
import type { Meter } from '../contracts/meter.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { FetchedDelivery } from '../contracts/provider/missed.ts'
import type {
  AcceptReceipt,
  DeliveryRecord,
  NewEvent,
  Recovery,
  StoreInstance,
} from '../contracts/store.ts'
import type { Span, Tracer } from '../contracts/tracer.ts'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import { NO_METER } from '../kit/no-meter.ts'
import { planEvents } from '../matching/plan-events.ts'
import { MAX_UNVERIFIED_BYTES, type ReceivedDelivery } from '../matching/received-delivery.ts'
import type { OwnEvents } from '../own-events/own-events.ts'
import { NO_TRACER } from '../tracing/no-tracer.ts'
import {
  type Admission,
  admitFetched,
  admitRequest,
  NOT_ALLOWED,
  type RequestHead,
} from './admission.ts'
import { createDelivery } from './create-delivery.ts'
import {
  ANSWERED,
  countsOf,
  endSpan,
  outcomeOfError,
  outcomeOfReceipt,
  type ReceiveOutcome,
  type ReceiveResult,
  type RecoverResult,
} from './outcome.ts'
import { parseDelivery } from './parse-delivery.ts'
import { createReceivingConfig, type ReceivingConfig } from './receiving-config.ts'
import { Refusals, toRecord } from './record.ts'
import { planReplay, type Replay } from './replay.ts'
import { SourceCalls } from './source-calls.ts'
import { isUndecided } from './source-limit.ts'
import { DeliveriesUnderWay } from './under-way.ts'

export interface ReceiverOptions {
  readonly config: RunningConfig
  readonly store: Pick<StoreInstance, 'accept' | 'refuse'>
  /** Notified of each refused delivery. */
  readonly ownEvents?: Pick<OwnEvents, 'deliveryRefused'>
  /** Default: nothing is measured. */
  readonly meter?: Meter
  /** Default: nothing is traced. */
  readonly tracer?: Tracer
  readonly logger: PluginLogger
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Takes a delivery from its request to the commit. Every refusal is thrown as a `HooklineError`. */
export class Receiver {
  readonly #options: ReceiverOptions
  readonly #refusals: Refusals
  readonly #sources: SourceCalls
  readonly #meter: Meter
  readonly #tracer: Tracer
  readonly #underWay = new DeliveriesUnderWay()
  #config: ReceivingConfig

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#refusals = new Refusals(options)
    this.#sources = new SourceCalls(this.#refusals, options.logger)
    this.#meter = options.meter ?? NO_METER
    this.#tracer = options.tracer ?? NO_TRACER
    this.#config = createReceivingConfig(options.config, options.clock, null)
  }

  /** Uses another config for all requests that begin from now on. */
  configure(config: RunningConfig): void {
    this.#config = createReceivingConfig(config, this.#options.clock, this.#config)
  }

  /**
   * Decides by its head whether the body of a request is to be read. Throws `overloaded`, `source_unknown` or
   * `rate_limited`. A delivery counts as under way once its body has come: otherwise a stranger who sends slowly could
   * hold off all others.
   */
  admit(head: RequestHead): Admission {
    const config = this.#config
    try {
      this.#underWay.check(config)
      return admitRequest(config, head, this.#options.clock())
    } catch (error) {
      const { outcome, reason } = outcomeOfError(error)
      this.#meter.delivery(head.source, outcome, reason)
      throw error
    }
  }

  /**
   * Verifies, parses, matches and commits an admitted request. Resolves only after the commit. To be called once for
   * each admission, also where its body cannot be read: `body` then rejects, and its error is thrown. Throws
   * `overloaded` if too many are under way by then.
   */
  async receive(
    admission: Admission,
    body: Uint8Array | Promise<Uint8Array>,
  ): Promise<ReceiveResult> {
    const { source } = admission.head
    return this.#measured(source, async (begin) => {
      const bytes = await this.#bodyOf(admission, body)
      const completeAt = performance.now()
      const { maxUnverifiedBytes = MAX_UNVERIFIED_BYTES } = admission.source.source.definition
      const { delivery, span } = begin(admission, bytes, maxUnverifiedBytes)
      const request = { admission, delivery, span, completeAt }
      const result = await this.#underWay.during(admission.config, () => this.#process(request))
      const ended = result.kind === 'answered' ? ANSWERED : outcomeOfReceipt(result.receipt)
      return { result, ended }
    })
  }

  /**
   * Takes a delivery that was fetched at its provider as if it had arrived: verified, parsed, matched and committed. Where
   * its exact bytes are not known and it cannot be verified, it is trusted because of where it was fetched. Throws as
   * `receive` does.
   */
  async recover(source: string, fetched: FetchedDelivery): Promise<RecoverResult> {
    return this.#measured(source, async (begin) => {
      const now = this.#options.clock()
      const admission = admitFetched(this.#config, source, fetched.headers, now)
      const completeAt = performance.now()
      const { delivery, span } = begin(admission, fetched.body)
      const request = { admission, delivery, span, completeAt }
      const result = await this.#underWay.during(admission.config, () =>
        this.#takeFetched(request, fetched.isExact),
      )
      return { result, ended: outcomeOfReceipt(result.receipt) }
    })
  }

  /** Parses, matches and commits a stored delivery again, as a new one that is never a duplicate. */
  async replay(original: DeliveryRecord): Promise<AcceptReceipt> {
    const replay = await this.planReplay(original)
    try {
      const receipt = await this.#options.store.accept(replay.entry)
      replay.committed()
      return receipt
    } catch (error) {
      replay.failed(error)
      throw error
    }
  }

  /** The same, but leaves the commit to the caller. */
  planReplay(original: DeliveryRecord): Promise<Replay> {
    const now = this.#options.clock()
    return planReplay(original, { config: this.#config, tracer: this.#tracer, now })
  }

  async #measured<Result>(
    source: string,
    take: (
      begin: (
        admission: Admission,
        body: Uint8Array,
        maxUnverifiedBytes?: number,
      ) => Pick<RequestUnderWay, 'delivery' | 'span'>,
    ) => Promise<{ readonly result: Result; readonly ended: ReceiveOutcome }>,
  ): Promise<Result> {
    let span: Span | null = null
    try {
      const { result, ended } = await take((admission, body, limit) => {
        const { config, head, client, viaProxy, startedAt } = admission
        const now = this.#options.clock()
        const content = {
          client,
          viaProxy,
          body,
          now,
          ...(limit !== undefined && { maxUnverifiedBytes: limit }),
        }
        const delivery = createDelivery(config, head, content)
        span = this.#tracer.delivery({ id: delivery.id, source, method: head.method, startedAt })
        return { delivery, span }
      })
      if (span !== null) endSpan(span, ended)
      this.#meter.delivery(source, ended.outcome, '')
      return result
    } catch (error) {
      const ended = outcomeOfError(error)
      if (span !== null) endSpan(span, ended)
      this.#meter.delivery(source, ended.outcome, ended.reason)
      throw error
    }
  }

  /** A body that cannot be read through the fault of its sender leaves a record too. */
  async #bodyOf(
    { config, head, client, source }: Admission,
    body: Uint8Array | Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    if (body instanceof Uint8Array) return body
    try {
      return await body
    } catch (error) {
      if (!isHooklineError(error) || outcomeOfError(error).outcome === 'failed') throw error
      const now = this.#options.clock()
      const delivery = createDelivery(config, head, { client, body: new Uint8Array(0), now })
      throw await this.#refusals.refuseFor(delivery, source, error)
    }
  }

  async #process(request: RequestUnderWay): Promise<ReceiveResult> {
    const { admission, delivery, span } = request
    const { source, isAllowed, fault } = admission
    if (!isAllowed) throw await this.#refusals.refuse(delivery, source, NOT_ALLOWED)
    if (fault !== null) throw await this.#refusals.refuseFor(delivery, source, fault)
    const answer = await this.#sources.answer(delivery, source)
    if (answer !== undefined) return { kind: 'answered', answer }
    const refusal = await this.#sources.verify(delivery, source)
    if (refusal !== null) throw await this.#refusals.refuse(delivery, source, refusal)
    span.event('verified')
    // Not earlier: what an unknown sender writes must not get into our traces.
    span.link(delivery.headers['traceparent'])
    const receipt = await this.#accept(request)
    return { kind: 'accepted', receipt, answer: await this.#sources.acknowledge(delivery, source) }
  }

  async #takeFetched(request: RequestUnderWay, isExact: boolean): Promise<RecoverResult> {
    const { admission, delivery, span } = request
    const { source, maxBodyBytes, fault } = admission
    if (fault !== null) throw await this.#refusals.refuseFor(delivery, source, fault)
    if (delivery.body.byteLength > (maxBodyBytes ?? 0)) {
      const tooLarge = new HooklineError('delivery_too_large', `More than ${maxBodyBytes} bytes`)
      throw await this.#refusals.refuseFor(delivery, source, tooLarge)
    }
    const refusal = await this.#sources.verify(delivery, source)
    if (refusal !== null && isExact) throw await this.#refusals.refuse(delivery, source, refusal)
    if (refusal === null) span.event('verified')
    const recovered = refusal === null ? 'verified' : 'fetched'
    return { receipt: await this.#accept(request, recovered), recovered }
  }

  async #accept(request: RequestUnderWay, recovered?: Recovery): Promise<AcceptReceipt> {
    const { admission, delivery, span, completeAt } = request
    const { source } = admission
    const record = toRecord(delivery, source, { outcome: 'accepted', recovered })
    const events = await this.#plan(request, record)
    span.event('matched', countsOf(events))
    // Payloads take several times the memory of their bodies, and would be held until the commit.
    if (source.source.instance.acknowledge === undefined) delivery.forget()
    const receipt = await this.#options.store.accept({ delivery: record, events })
    span.event('committed')
    this.#meter.committed(delivery.source, (performance.now() - completeAt) / 1000)
    return receipt
  }

  async #plan(
    { admission, delivery, span }: RequestUnderWay,
    record: DeliveryRecord,
  ): Promise<readonly NewEvent[]> {
    const { source, config } = admission
    try {
      const parsed = await parseDelivery(delivery, source)
      span.event('parsed')
      return await planEvents(delivery, parsed, config.rules, record)
    } catch (error) {
      if (isUndecided(error)) throw error
      throw await this.#sources.refuseUnparsable(delivery, source, error)
    }
  }
}

interface RequestUnderWay {
  readonly admission: Admission
  readonly delivery: ReceivedDelivery
  readonly span: Span
  /** By `performance.now()`: when the whole body had arrived. */
  readonly completeAt: number
}
