import { setImmediate as afterOtherEvents } from 'node:timers/promises'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Claim, ClaimRequest, StoreInstance } from '../contracts/store.ts'
import { storeRetryMs } from './backoff.ts'
import { describeFault } from './fault.ts'

const MIN_POLL_MS = 20
const MAX_POLL_MS = 5000

export interface ClaimLoopOptions {
  readonly store: Pick<StoreInstance, 'claim' | 'nextDueAt'>
  /** What to ask for now; null where there is no free slot. */
  readonly request: () => ClaimRequest | null
  readonly take: (claims: readonly Claim[], request: ClaimRequest, askedAt: number) => void
  readonly logger: PluginLogger
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Claims in batches as long as there is work and room for it; between, waits until told or until something is due. */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions
  #running: Promise<void> | null = null
  #stopped = false
  #woken = false
  #waitsForSlot = false
  #endWait: (() => void) | null = null
  #failures = 0
  #emptyPolls = 0

  constructor(options: ClaimLoopOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** There may be something to claim. */
  wake(): void {
    this.#woken = true
    // After a fault of the store only time ends the wait.
    if (this.#failures === 0) this.#endWait?.()
  }

  /** A slot became free: of interest only where one was wanted. */
  slotFreed(): void {
    if (this.#waitsForSlot) this.wake()
  }

  /** Resolves after the claim under way, whose tasks are still passed on. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#endWait?.()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      // Slots that become free together are filled by one claim.
      await afterOtherEvents()
      this.#woken = false
      try {
        const waitMs = await this.#claimOnce()
        this.#failures = 0
        if (!this.#woken && waitMs > 0) await this.#wait(waitMs)
      } catch (error) {
        this.#failures++
        this.#options.logger.error(
          { failures: this.#failures, fault: describeFault(error) },
          'the store could not be asked for tasks',
        )
        await this.#wait(storeRetryMs(this.#failures))
      }
    }
  }

  /** Answers how long to wait before the next claim, in milliseconds. */
  async #claimOnce(): Promise<number> {
    const { store, request: ask, take, clock } = this.#options
    const request = this.#stopped ? null : ask()
    this.#waitsForSlot = request === null
    if (request === null) return MAX_POLL_MS
    const askedAt = clock()
    const claims = request.programs.length === 0 ? [] : await store.claim(request)
    if (claims.length > 0) take(claims, request, askedAt)
    if (claims.length >= request.limit) return 0
    if (this.#woken || request.programs.length === 0) return MAX_POLL_MS
    return this.#untilDue(await store.nextDueAt(request.programs), claims.length > 0)
  }

  #untilDue(dueAt: number | null, found: boolean): number {
    const waitMs = dueAt === null ? MAX_POLL_MS : dueAt - this.#options.clock()
    // Something is said to be due but is not given: the clocks differ. Ask less and less often.
    this.#emptyPolls = waitMs <= 0 && !found ? this.#emptyPolls + 1 : 0
    return Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS * (this.#emptyPolls + 1), waitMs))
  }

  #wait(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#endWait = null
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#endWait = end
    })
  }
}
