export interface RateLimitOptions {
  readonly perSecond: number
  /** How many may come at once after a quiet period; at least 1. */
  readonly burst: number
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

export type RateVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryAfterSeconds: number }

/** A token bucket: it holds at most `burst` tokens and gains `perSecond` tokens a second. */
export class RateLimiter {
  readonly #options: RateLimitOptions
  #tokens: number
  #filledAt: number

  constructor(options: RateLimitOptions) {
    this.#options = options
    this.#tokens = Math.max(1, options.burst)
    this.#filledAt = options.clock()
  }

  take(): RateVerdict {
    this.#fill()
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return { ok: true }
    }
    return { ok: false, retryAfterSeconds: (1 - this.#tokens) / this.#options.perSecond }
  }

  #fill(): void {
    const { burst, perSecond, clock } = this.#options
    const now = clock()
    // A clock that was set back must not remove tokens.
    const passedSeconds = Math.max(0, now - this.#filledAt) / 1000
    this.#tokens = Math.min(Math.max(1, burst), this.#tokens + passedSeconds * perSecond)
    this.#filledAt = now
  }
}
