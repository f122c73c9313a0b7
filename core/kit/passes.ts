import { setTimeout as sleep } from 'node:timers/promises'
import { FaultLog } from './bounded-log.ts'
import { withTimeLimit } from './time-limit.ts'

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5000
/** A pass may have taken long because the process stood still. */
const MAX_REST_MS = 60_000

export interface PassesOptions {
  /** Does what is due. Resolves to the milliseconds until the next pass; infinite: until it is woken. */
  readonly pass: () => Promise<number>
  readonly logger: ConstructorParameters<typeof FaultLog>[0]
  /** What is logged where a pass throws: once, while the same fault lasts. */
  readonly fault: string
  /** Passes take this part of the time at most, but a pause for it is no longer than a minute. Default: 1. */
  readonly maxShare?: number
}

/**
 * Work that is done again and again: at its time, or when it is woken. One pass is under way at a time. A pass that throws
 * is tried again after 100 ms; this doubles up to five seconds, and is not cut short.
 */
export class Passes {
  readonly #options: PassesOptions
  readonly #faults: FaultLog
  readonly #stopping = new AbortController()
  #busy: Promise<unknown> = Promise.resolve()
  #isStarted = false
  #timer: NodeJS.Timeout | undefined
  /** When the planned pass begins, on the monotonic clock. */
  #plannedAt = Number.POSITIVE_INFINITY
  #earliestAt = 0
  /** How soon after the pass under way another one is asked for. Null: none is under way. */
  #wokenMs: number | null = null
  #failures = 0

  constructor(options: PassesOptions) {
    this.#options = options
    this.#faults = new FaultLog(options.logger)
  }

  /** Aborted by the stop. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Until then, a pass is done only by `now`. */
  start(firstMs = 0): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#plan(firstMs)
  }

  /** Has a pass done in so many milliseconds, or earlier. During a pass, they count from its end. */
  wake(ms = 0): void {
    if (this.#wokenMs !== null) this.#wokenMs = Math.min(this.#wokenMs, ms)
    else if (this.#failures === 0) this.#plan(ms)
  }

  /** Does a pass, once what is under way has ended. Never rejects. */
  now(): Promise<void> {
    return this.alone(() => this.#passOnce())
  }

  /** Does something else while no pass is under way. Rejects as it does. */
  alone<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#busy.then(act)
    this.#busy = done.catch(() => {})
    return done
  }

  /** For within a pass. A stop ends it. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping }).catch(() => {})
  }

  /** Begins no further pass. Waits for what is under way, for so long at most. Never rejects. */
  async stop(limitMs?: number): Promise<void> {
    clearTimeout(this.#timer)
    this.#stopping.abort(new Error('the service stops'))
    await (limitMs === undefined ? this.#busy : withTimeLimit(this.#busy, limitMs, () => {}))
  }

  #plan(ms: number): void {
    const now = performance.now()
    const at = Math.max(this.#earliestAt, now + ms)
    if (!this.#isStarted || this.stopping.aborted || this.#plannedAt <= at) return
    clearTimeout(this.#timer)
    this.#plannedAt = at
    this.#timer = setTimeout(() => this.now(), at - now).unref()
  }

  async #passOnce(): Promise<void> {
    clearTimeout(this.#timer)
    this.#plannedAt = Number.POSITIVE_INFINITY
    if (this.stopping.aborted) return
    this.#wokenMs = Number.POSITIVE_INFINITY
    const { pass, maxShare = 1 } = this.#options
    const begun = performance.now()
    let restMs: number
    try {
      restMs = await pass()
      restMs = Math.min(restMs, this.#wokenMs)
      const now = performance.now()
      const tookMs = now - begun
      this.#earliestAt = now + Math.min(MAX_REST_MS, tookMs / maxShare - tookMs)
      this.#failures = 0
      this.#faults.ended()
    } catch (error) {
      if (!this.stopping.aborted) this.#faults.write(error, this.#options.fault)
      restMs = storeRetryMs(++this.#failures)
    }
    this.#wokenMs = null
    this.#plan(restMs)
  }
}

/** Milliseconds to wait after a number of successive failures of the store: 100, doubling, at most 5000. */
export function storeRetryMs(failures: number): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
}
