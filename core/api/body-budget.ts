/** Bodies held in memory by all deliveries together, in bytes. */
const MAX_HELD_BYTES = 512 * 1024 * 1024

/** What one delivery holds of the budget. */
export interface BodyShare {
  /** Takes so many bytes more; false where all together would hold too much. */
  take(bytes: number): boolean
  /** Gives all of it back. */
  release(): void
}

/** A limit to the bytes of all bodies together: each may be large, and anybody may send many at once. */
export class BodyBudget {
  readonly #limit: number
  #held = 0

  constructor(limit: number = MAX_HELD_BYTES) {
    this.#limit = limit
  }

  /** To be released. A delivery that is alone may hold any number of bytes. */
  open(): BodyShare {
    let own = 0
    return {
      take: (bytes) => {
        const isAlone = this.#held === own
        if (!isAlone && this.#held + bytes > this.#limit) return false
        this.#held += bytes
        own += bytes
        return true
      },
      release: () => {
        this.#held -= own
        own = 0
      },
    }
  }
}
