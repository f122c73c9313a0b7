import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { Gate } from './gate.ts'
import type { Notices } from './notices.ts'
import type { ReceivedDelivery } from './received-delivery.ts'
import { refusedRecord } from './record.ts'

export interface RefusalsOptions {
  readonly store: Pick<StoreInstance, 'refuse'>
  /** Told of each refused delivery. */
  readonly notices?: Pick<Notices, 'refused'>
  readonly logger: PluginLogger
}

// A flood of refused deliveries must not fill memory with records that wait for the disk.
const MAX_PENDING = 256

/** Keeps refused deliveries, so that they can be looked up; those beyond what the store keeps up with are only logged. */
export class Refusals {
  readonly #options: RefusalsOptions
  #pending = 0

  constructor(options: RefusalsOptions) {
    this.#options = options
  }

  /** Never throws. */
  async keep(delivery: ReceivedDelivery, gate: Gate, reason: string): Promise<void> {
    const { logger, store, notices } = this.#options
    const { id, source, client } = delivery
    const fields = { source, delivery: id, client }
    logger.warn({ ...fields, reason }, 'delivery refused')
    const told = notices?.refused({ delivery: id, source, reason, client })
    if (this.#pending >= MAX_PENDING) return
    this.#pending++
    try {
      await Promise.all([store.refuse(refusedRecord(delivery, gate, reason)), told])
    } catch (error) {
      logger.error({ ...fields, err: error }, 'a refused delivery could not be recorded')
    } finally {
      this.#pending--
    }
  }
}
