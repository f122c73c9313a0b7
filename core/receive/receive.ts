import type { RunningConfig } from '../contracts/config.ts'
import type { Answer } from '../contracts/delivery.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { AcceptReceipt, DeliveryRecord, StoreInstance } from '../contracts/store.ts'
import { HooklineError, isHooklineError } from '../kit/errors.ts'
import { createId } from '../kit/id.ts'
import { OWN_SOURCE } from '../kit/own-events.ts'
import { acknowledge } from './acknowledge.ts'
import { clientAddress } from './client-address.ts'
import { checkRate, type Gate, type Gates, isAllowed, NOT_ALLOWED, openGates } from './gate.ts'
import type { Notices } from './notices.ts'
import { planEvents } from './plan.ts'
import { type DeliveryParts, ReceivedDelivery } from './received-delivery.ts'
import { toRecord } from './record.ts'
import { Refusals } from './refusals.ts'
import { isUndecided, withinTime } from './time-limit.ts'

/** A request whose body has not been read yet. */
export interface ReceiveRequest {
  readonly source: string
  readonly method: string
  /** Path and query as sent. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly socketAddress: string | null
  /** Rejects with `delivery_too_large` or `delivery_timeout`. */
  readBody(maxBytes: number): Promise<Uint8Array>
}

export type ReceiveResult =
  /** `answer` is the sender's due; null: Hookline's own. */
  | { readonly kind: 'accepted'; readonly receipt: AcceptReceipt; readonly answer: Answer | null }
  | { readonly kind: 'answered'; readonly answer: Answer }

export interface ReceiverOptions {
  readonly config: RunningConfig
  readonly store: StoreInstance
  /** Told of each refused delivery. */
  readonly notices?: Pick<Notices, 'refused'>
  readonly logger: PluginLogger
  readonly clock: () => number
}

/** Conducts a delivery from the request to the commit. Every refusal is thrown as a `HooklineError`. */
export class Receiver {
  readonly #options: ReceiverOptions
  readonly #refusals: Refusals
  #gates: Gates
  #underWay = 0

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#refusals = new Refusals(options)
    this.#gates = openGates(options.config, options.clock, null)
  }

  /** Takes another config for all deliveries that begin from now on. */
  configure(config: RunningConfig): void {
    this.#gates = openGates(config, this.#options.clock, this.#gates)
  }

  /** Resolves only after the commit. */
  async receive(request: ReceiveRequest): Promise<ReceiveResult> {
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

  /** Parses, matches and commits a stored delivery again, as a new one that is never a duplicate. */
  async replay(original: DeliveryRecord): Promise<AcceptReceipt> {
    const gates = this.#gates
    const gate = gates.sources.get(original.source)
    if (gate === undefined || original.outcome !== 'accepted') {
      throw new HooklineError(
        'delivery_not_replayable',
        gate === undefined
          ? notReplayable(original.source)
          : `The delivery was not accepted but '${original.outcome}'`,
      )
    }
    const { source, method, path, headers, body, client } = original
    const delivery = this.#arrived(gates, { source, method, path, headers, body, client })
    const parsed = await withinTime(gate.source.instance.parse(delivery))
    const anew = parsed.map((event) => ({ ...event, id: null }))
    const events = planEvents(delivery, anew, gates.rules)
    const record = toRecord(delivery, gate, { outcome: 'accepted', originalId: original.id })
    return this.#options.store.accept({ delivery: record, events })
  }

  async #conduct(gates: Gates, request: ReceiveRequest): Promise<ReceiveResult> {
    const gate = gates.sources.get(request.source)
    if (gate === undefined) {
      throw new HooklineError('source_unknown', `There is no source '${printable(request.source)}'`)
    }
    const client = clientAddress({
      socketAddress: request.socketAddress,
      headers: request.headers,
      trustedProxies: gates.trustedProxies,
    })
    // A stranger's body is not read, and it uses up no one's rate.
    const isClientAllowed = isAllowed(gate, client)
    if (isClientAllowed) checkRate(gate)
    const body = isClientAllowed
      ? await request.readBody(gate.source.maxBodyBytes)
      : new Uint8Array(0)
    const { source, method, path, headers } = request
    const delivery = this.#arrived(gates, { source, method, path, headers, body, client })
    if (!isClientAllowed) {
      throw await this.#refuse(delivery, gate, NOT_ALLOWED)
    }
    const answer = await this.#answer(delivery, gate)
    if (answer !== undefined) return { kind: 'answered', answer }
    await this.#verify(delivery, gate)
    const receipt = await this.#accept(delivery, gate, gates)
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

  async #accept(delivery: ReceivedDelivery, gate: Gate, gates: Gates): Promise<AcceptReceipt> {
    let events: AcceptEvents
    try {
      const parsed = await withinTime(gate.source.instance.parse(delivery))
      events = planEvents(delivery, parsed, gates.rules)
    } catch (error) {
      if (isUndecided(error)) throw error
      throw await this.#unparsable(delivery, gate, error)
    }
    const record = toRecord(delivery, gate, { outcome: 'accepted' })
    return this.#options.store.accept({ delivery: record, events })
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

function notReplayable(source: string): string {
  if (source === OWN_SOURCE) return "Hookline's own events are not replayed; retry their tasks"
  return `The source '${source}' is not in the config`
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 64)
}
