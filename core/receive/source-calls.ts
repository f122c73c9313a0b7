import type { RunningSource } from '../contracts/config.ts'
import type { Answer } from '../contracts/delivery.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import type { ReceivedDelivery } from '../matching/received-delivery.ts'
import { brokenSource } from './parse-delivery.ts'
import type { ReceivingSource } from './receiving-config.ts'
import type { Refusals } from './record.ts'
import { beforeProof, isUndecided, isUnread, ownAnswer, withSourceLimit } from './source-limit.ts'

/** Asks sources about deliveries. What they throw becomes a refusal, or a line in the log. */
export class SourceCalls {
  readonly #refusals: Refusals
  readonly #logger: PluginLogger

  constructor(refusals: Refusals, logger: PluginLogger) {
    this.#refusals = refusals
    this.#logger = logger
  }

  /** What the source answers by itself to a request that is no delivery, such as a handshake. */
  async answer(delivery: ReceivedDelivery, source: ReceivingSource): Promise<Answer | undefined> {
    const { instance } = source.source
    if (instance.answer === undefined && isDelivery(source.source, delivery.method))
      return undefined
    const answer = await ownAnswer(delivery, instance)
    if (answer === undefined && !isDelivery(source.source, delivery.method)) {
      const fault = new HooklineError(
        'method_not_allowed',
        `${delivery.method} is not for deliveries`,
      )
      throw await this.#refusals.refuseFor(delivery, source, fault)
    }
    if (answer !== undefined && 'ok' in answer) {
      throw await this.#refusals.refuse(delivery, source, answer.reason)
    }
    return answer
  }

  /** Why the source refuses the delivery; null if it accepts it. */
  async verify(delivery: ReceivedDelivery, source: ReceivingSource): Promise<string | null> {
    let reason = 'the source gave no verdict'
    try {
      const { instance } = source.source
      const verdict = await beforeProof(delivery, instance.verify(delivery))
      if (verdict?.ok === true) {
        delivery.markVerified(instance.unverified !== true)
        return null
      }
      if (typeof verdict?.reason === 'string') reason = verdict.reason
    } catch (error) {
      if (isUndecided(error)) throw error
      if (isUnread(error)) throw await this.#refusals.refuseFor(delivery, source, error)
      reason = 'verification failed with an error; see the log'
      this.#logFault(delivery, source, error, reason)
    }
    return reason
  }

  /** What the sender of an accepted delivery expects as an answer; null: Hookline's own answer. */
  async acknowledge(delivery: ReceivedDelivery, source: ReceivingSource): Promise<Answer | null> {
    const { instance } = source.source
    if (instance.acknowledge === undefined) return null
    try {
      return (await withSourceLimit(instance.acknowledge(delivery))) ?? null
    } catch (error) {
      // The delivery is committed: if it were refused now, it would only be sent again.
      this.#logFault(delivery, source, error, 'a source failed to acknowledge an accepted delivery')
      return null
    }
  }

  async refuseUnparsable(
    delivery: ReceivedDelivery,
    source: ReceivingSource,
    error: unknown,
  ): Promise<HooklineError> {
    const isKnown = isHooklineError(error)
    const isOfPlugin = !isKnown || error.code === 'source_broken'
    if (isOfPlugin)
      this.#logFault(delivery, source, error, 'a source failed to parse a verified delivery')
    const fault = isKnown ? error : brokenSource(source, 'could not parse the delivery')
    return this.#refusals.refuseFor(delivery, source, fault)
  }

  #logFault(
    { id, source: name }: ReceivedDelivery,
    { source }: ReceivingSource,
    error: unknown,
    message: string,
  ): void {
    const plugin = source.definition.name
    this.#logger.error({ source: name, plugin, delivery: id, err: error }, message)
  }
}

/** Whether requests of a method are deliveries of a source. */
export function isDelivery({ methods }: Pick<RunningSource, 'methods'>, method: string): boolean {
  return methods === 'any' || methods.includes(method)
}
