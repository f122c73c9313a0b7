import { setImmediate } from 'node:timers/promises'

const MAX_TURN_MS = 10

/** Long work in short turns, between which the process does its other work. */
export class Turns {
  readonly #endsAt: number
  #since = performance.now()

  /** @param maxMs time after which no further turn should begin. */
  constructor(maxMs: number) {
    this.#endsAt = this.#since + maxMs
  }

  /** Lets other work go on where the turn has been long. False: the time is over. */
  async next(): Promise<boolean> {
    if (performance.now() - this.#since > MAX_TURN_MS) {
      await setImmediate()
      this.#since = performance.now()
    }
    return performance.now() < this.#endsAt
  }
}
