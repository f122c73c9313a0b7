import { HooklineError } from '../errors/errors.ts'
import type { ReceivingConfig } from './receiving-config.ts'

/** Limits the deliveries that are under way at once (`limits.maxConcurrentRequests`). */
export class DeliveriesUnderWay {
  #count = 0

  /** Throws `overloaded` if there are as many as may be. */
  check({ config }: ReceivingConfig): void {
    if (this.#count < config.settings.limits.maxConcurrentRequests) return
    throw new HooklineError('overloaded', `${this.#count} deliveries are under way`, {
      fields: { retryAfterSeconds: 1 },
    })
  }

  /** Counts one more until its work has ended. Throws `overloaded`. */
  async during<Value>(config: ReceivingConfig, work: () => Promise<Value>): Promise<Value> {
    this.check(config)
    this.#count++
    try {
      return await work()
    } finally {
      this.#count--
    }
  }
}
