import type { RunningConfig } from '../contracts/config.ts'
import type { Answer } from '../contracts/delivery.ts'
import type { Meter } from '../contracts/meter.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { AcceptReceipt, DeliveryRecord, StoreInstance } from '../contracts/store.ts'
import type { Span, SpanAttributes, Tracer } from '../contracts/tracer.ts'
import { HooklineError, isHooklineError } from '../kit/errors.ts'
import { createId } from '../kit/id.ts'
import { NO_METER } from '../kit/no-meter.ts'
import { NO_TRACER } from '../kit/no-tracer.ts'
import { acknowledge } from './acknowledge.ts'
import { clientAddress } from './client-address.ts'
import { refuseEncoding } from './encoding.ts'
import {
  checkRate,
  type Gate,
  type Gates,
  gateOf,
  gateOfReplay,
  isAllowed,
  NOT_ALLOWED,
  openGates,
} from './gate.ts'
import type { Notices } from './notices.ts'
import { measured, traced } from './observe.ts'
import { planEvents } from './plan.ts'
import { type DeliveryParts, ReceivedDelivery } from './received-delivery.ts'
import { toRecord } from './record.ts'
import { Refusals } from './refusals.ts'
import type { ReceiveRequest, ReceiveResult } from './request.ts'
import { isUndecided, withinTime } from './time-limit.ts'

export interface ReceiverOptions {
  readonly config: RunningConfig
  readonly store: StoreInstance
  /** Told of each refused delivery. */
  readonly notices?: Pick<Notices, 'refused'>
  /** Default: nothing is measured. */
  readonly meter?: Meter
  /** Default: nothing is traced. */
  readonly tracer?: Tracer
  readonly logger: PluginLogger
  readonly clock: () => number
}

/** A delivery on its way, with the config of the moment when it came. */
interface Arrival {
  readonly delivery: ReceivedDelivery
  readonly gate: Gate
  readonly gates: Gates
  readonly isClientAllowed: boolean
  readonly span: Span
  /** By `performance.now()`: when all of it was there. */
  readonly completeAt: number
}

/** Conducts a delivery from the request to the commit. Every refusal is thrown as a `HooklineError`. */
export class Receiver {
  readonly #options: ReceiverOptions
  readonly #refusals: Refusals
  readonly #meter: Meter
  readonly #tracer: Tracer
  #gates: Gates
  #underWay = 0

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#refusals = new Refusals(options)
    this.#meter = options.meter ?? NO_METER
    this.#tracer = options.tracer ?? NO_TRACER
    this.#gates = openGates(options.config, options.clock, null)
  }

  /** Takes another config for all deliveries that begin from now on. */
  configure(config: RunningConfig): void {
    this.#gates = openGates(config, this.#options.clock, this.#gates)
  }

  /** Resolves only after the commit. */
  receive(request: ReceiveRequest): Promise<ReceiveResult> {
    return measured(this.#meter, request.source, () => this.#admit(request))
  }

  /** Parses, matches and commits a stored delivery again, as a new one that is never a duplicate. */
  async replay(original: DeliveryRecord): Promise<AcceptReceipt> {
    const gates = this.#gates
    const gate = gateOfReplay(gates, original)
    const { source, method, path, headers, body, client } = original
    const delivery = this.#arrived(gates, { source, method, path, headers, body, client })
    const { id, receivedAt } = delivery
    const traceOf = { id, source, method, startedAt: receivedAt.getTime(), originalId: original.id }
    const span = this.#tracer.delivery(traceOf)
    const { receipt } = await traced(span, async () => {
      const parsed = await withinTime(gate.source.instance.parse(delivery))
      const anew = parsed.map((event) => ({ ...event, id: null }))
      const events = planEvents(delivery, anew, gates.rules)
      const record = toRecord(delivery, gate, { outcome: 'accepted', originalId: original.id })
      const kind = 'accepted' as const
      return { kind, receipt: await this.#options.store.accept({ delivery: record, events }) }
    })
    return receipt
  }

  async #admit(request: ReceiveRequest): Promise<ReceiveResult> {
    const gates = this.#gates
    if (this.#underWay >= gates.config.settings.limits.maxConcurrentRequests) {
      throw new HooklineError('overloaded', `${this.#underWay} deliveries are under way`, {
        fields: { retryAfterSeconds: 1 },
      })
    }
    this.#underWay++
    try {
      return await this.#conduct(gates, request)
    } finally {
      this.#underWay--
    }
  }

  async #conduct(gates: Gates, request: ReceiveRequest): Promise<ReceiveResult> {
    const startedAt = this.#options.clock()
    const { source, method, path, headers, socketAddress } = request
    const gate = gateOf(gates, source)
    refuseEncoding(headers['content-encoding'])
    const { trustedProxies } = gates
    const client = clientAddress({ socketAddress, headers, trustedProxies })
    // A stranger's body is not read, and it uses up no one's rate.
    const isClientAllowed = isAllowed(gate, client)
    if (isClientAllowed) checkRate(gate)
    const body = isClientAllowed
      ? await request.readBody(gate.source.maxBodyBytes)
      : new Uint8Array(0)
    const completeAt = performance.now()
    const delivery = this.#arrived(gates, { source, method, path, headers, body, client })
    const span = this.#tracer.delivery({ id: delivery.id, source, method, startedAt })
    const arrival = { delivery, gate, gates, isClientAllowed, span, completeAt }
    return traced(span, () => this.#decide(arrival))
  }

  async #decide(arrival: Arrival): Promise<ReceiveResult> {
    const { delivery, gate, span } = arrival
    if (!arrival.isClientAllowed) throw await this.#refuse(delivery, gate, NOT_ALLOWED)
    const answer = await this.#answer(delivery, gate)
    if (answer !== undefined) return { kind: 'answered', answer }
    await this.#verify(delivery, gate)
    span.event('verified')
    // Not before: a stranger's word is not to stand in our traces.
    span.link(delivery.headers['traceparent'])
    const receipt = await this.#accept(arrival)
    const due = await acknowledge(delivery, gate, this.#options.logger)
    return { kind: 'accepted', receipt, answer: due }
  }

  /** What came, as a delivery of this moment. */
  #arrived(gates: Gates, sent: SentParts): ReceivedDelivery {
    const now = this.#options.clock()
    const { publicUrl } = gates.config.settings
    const receivedAt = new Date(now)
    return new ReceivedDelivery({ ...sent, id: createId('dlv', now), publicUrl, receivedAt })
  }

  async #answer(delivery: ReceivedDelivery, gate: Gate): Promise<Answer | undefined> {
    const instance = gate.source.instance
    const answer =
      instance.answer === undefined ? undefined : await withinTime(instance.answer(delivery))
    if (answer === undefined && delivery.method !== 'POST') {
      throw new HooklineError('method_not_allowed', `${delivery.method} is not for deliveries`)
    }
    if (answer !== undefined && 'ok' in answer)
      throw await this.#refuse(delivery, gate, answer.reason)
    return answer
  }

  async #verify(delivery: ReceivedDelivery, gate: Gate): Promise<void> {
    let reason = 'the source gave no verdict'
    try {
      const verdict = await withinTime(gate.source.instance.verify(delivery))
      if (verdict?.ok === true) return
      if (typeof verdict?.reason === 'string') reason = verdict.reason
    } catch (error) {
      if (isUndecided(error)) throw error
      reason = 'verification failed with an error; see the log'
      this.#options.logger.error(
        { source: delivery.source, delivery: delivery.id, err: error },
        reason,
      )
    }
    throw await this.#refuse(delivery, gate, reason)
  }

  async #accept(arrival: Arrival): Promise<AcceptReceipt> {
    const { delivery, gate, gates, span, completeAt } = arrival
    let events: AcceptEvents
    try {
      const parsed = await withinTime(gate.source.instance.parse(delivery))
      span.event('parsed')
      events = planEvents(delivery, parsed, gates.rules)
    } catch (error) {
      if (isUndecided(error)) throw error
      throw await this.#unparsable(delivery, gate, error)
    }
    span.event('matched', counted(events))
    const record = toRecord(delivery, gate, { outcome: 'accepted' })
    const receipt = await this.#options.store.accept({ delivery: record, events })
    span.event('committed')
    this.#meter.committed(delivery.source, (performance.now() - completeAt) / 1000)
    return receipt
  }

  async #unparsable(
    delivery: ReceivedDelivery,
    gate: Gate,
    error: unknown,
  ): Promise<HooklineError> {
    const fault = isHooklineError(error)
      ? error
      : new HooklineError('delivery_unparsable', 'The source could not parse the body')
    if (fault !== error) {
      this.#options.logger.error(
        { source: delivery.source, delivery: delivery.id, err: error },
        'a source failed to parse a verified delivery',
      )
    }
    await this.#refusals.keep(delivery, gate, `${fault.code}: ${fault.message}`)
    return fault
  }

  async #refuse(delivery: ReceivedDelivery, gate: Gate, reason: string): Promise<HooklineError> {
    await this.#refusals.keep(delivery, gate, reason)
    return new HooklineError('delivery_refused', 'The sender could not be verified')
  }
}

type SentParts = Omit<DeliveryParts, 'id' | 'publicUrl' | 'receivedAt'>
type AcceptEvents = Parameters<StoreInstance['accept']>[0]['events']

function counted(events: AcceptEvents): SpanAttributes {
  const tasks = events.reduce((sum, event) => sum + event.tasks.length, 0)
  return { 'hookline.events': events.length, 'hookline.tasks': tasks }
}
