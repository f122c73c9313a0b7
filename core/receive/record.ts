import type { DeliveryOutcome } from '../contracts/delivery.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { DeliveryRecord, Recovery, StoreInstance } from '../contracts/store.ts'
import { HooklineError } from '../errors/errors.ts'
import { BoundedLog } from '../kit/bounded-log.ts'
import type { ReceivedDelivery } from '../matching/received-delivery.ts'
import type { OwnEvents } from '../own-events/own-events.ts'
import { maskHeaders, maskPath } from '../redaction/mask-headers.ts'
import type { ReceivingSource } from './receiving-config.ts'

/** Enough to find out what was wrong. Larger bodies of refused senders would fill the disk. */
const MAX_REFUSED_BODY_BYTES = 65_536
/** A flood of refused deliveries must not fill memory with records that wait for the disk. */
const MAX_PENDING_REFUSALS = 256

interface RecordedOutcome {
  readonly outcome: DeliveryOutcome
  readonly reason?: string
  /** The delivery that this one replays. */
  readonly originalId?: string
  readonly recovered?: Recovery | undefined
}

/** A delivery as it is stored: secrets are masked. */
export function toRecord(
  delivery: ReceivedDelivery,
  { source, redactor: ownRedactor, fullRedactor }: ReceivingSource,
  { outcome, reason, originalId, recovered }: RecordedOutcome,
): DeliveryRecord {
  const redactor = outcome === 'refused' ? fullRedactor : ownRedactor
  return {
    id: delivery.id,
    source: delivery.source,
    receivedAt: delivery.receivedAt.getTime(),
    method: delivery.method,
    path: maskPath(delivery.path, source.secretParameters, redactor),
    headers: maskHeaders(delivery.headers, source.secretHeaders, redactor),
    client: delivery.client,
    body: delivery.body,
    outcome,
    reason: reason === undefined ? null : redactor.text(reason),
    originalId: originalId ?? null,
    ...(recovered && { recovered }),
  }
}

/** Whether the body of a refused delivery was too large to be stored. */
export function isBodyLeftOut({ body, reason }: DeliveryRecord): boolean {
  return body.byteLength === 0 && / \(its body of \d+ bytes was not kept\)$/.test(reason ?? '')
}

export interface RefusalsOptions {
  readonly store: Pick<StoreInstance, 'refuse'>
  /** Notified of each refused delivery. */
  readonly ownEvents?: Pick<OwnEvents, 'deliveryRefused'>
  readonly logger: PluginLogger
}

/** Stores refused deliveries, so that they can be looked up. If the store cannot keep up, further ones are only logged. */
export class Refusals {
  readonly #options: RefusalsOptions
  readonly #log: BoundedLog
  #pending = 0

  constructor(options: RefusalsOptions) {
    this.#options = options
    this.#log = new BoundedLog(options.logger)
  }

  /** Records a refusal, and returns the error for the sender: it does not say why. */
  async refuse(
    delivery: ReceivedDelivery,
    source: ReceivingSource,
    reason: string,
  ): Promise<HooklineError> {
    await this.#record(delivery, source, reason)
    return new HooklineError('delivery_refused', 'The sender could not be verified', {
      fields: { deliveryId: delivery.id },
    })
  }

  /** Records a refusal whose reason the sender may know. Returns that error, with the id of the delivery. */
  async refuseFor(
    delivery: ReceivedDelivery,
    source: ReceivingSource,
    fault: HooklineError,
  ): Promise<HooklineError> {
    const { code, message, remedy, fields, cause } = fault
    await this.#record(delivery, source, `${code}: ${message}`)
    const withId = { ...fields, deliveryId: delivery.id }
    return new HooklineError(code, message, { remedy, fields: withId, cause })
  }

  /** Never throws. */
  async #record(
    delivery: ReceivedDelivery,
    source: ReceivingSource,
    reason: string,
  ): Promise<void> {
    const { logger, store, ownEvents } = this.#options
    const { id, client } = delivery
    delivery.forget()
    const fields = { source: delivery.source, delivery: id, client }
    this.#log.write(
      'warn',
      `${delivery.source} ${client}`,
      { ...fields, reason },
      'delivery refused',
    )
    const ownEvent = ownEvents?.deliveryRefused({
      delivery: id,
      source: delivery.source,
      reason,
      client,
    })
    if (this.#pending >= MAX_PENDING_REFUSALS) return
    this.#pending++
    try {
      await Promise.all([store.refuse(refusedRecord(delivery, source, reason)), ownEvent])
    } catch (error) {
      logger.error({ ...fields, err: error }, 'a refused delivery could not be recorded')
    } finally {
      this.#pending--
    }
  }
}

function refusedRecord(
  delivery: ReceivedDelivery,
  source: ReceivingSource,
  reason: string,
): DeliveryRecord {
  const record = toRecord(delivery, source, { outcome: 'refused', reason })
  const bytes = record.body.byteLength
  if (bytes <= MAX_REFUSED_BODY_BYTES) return record
  return {
    ...record,
    body: new Uint8Array(0),
    reason: `${reason} (its body of ${bytes} bytes was not kept)`,
  }
}
