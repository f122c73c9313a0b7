import { HooklineError } from '../../errors/errors.ts'

const MAX_TRIALS = 4
const RETRY_AFTER_SECONDS = 1

/** Keeps trials of conditions from taking the time of deliveries: only a few run at once. */
export class TrialLimit {
  #running = 0

  /** Throws `overloaded` if too many are running. */
  async run<Value>(trial: () => Promise<Value>): Promise<Value> {
    if (this.#running >= MAX_TRIALS) {
      throw new HooklineError('overloaded', `${MAX_TRIALS} trials of conditions are running`, {
        fields: { retryAfterSeconds: RETRY_AFTER_SECONDS },
      })
    }
    this.#running++
    try {
      return await trial()
    } finally {
      this.#running--
    }
  }
}
