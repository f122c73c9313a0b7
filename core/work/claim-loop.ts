import { setImmediate as afterOtherEvents } from 'node:timers/promises'
import type { RunningConfig, RunningProgram } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { ClaimedProgram } from '../contracts/policy.ts'
import type { Claim, ClaimRequest, Lease, StoreInstance } from '../contracts/store.ts'
import { storeRetryMs } from '../kit/passes.ts'
import { describeFault } from './fault.ts'

const MIN_POLL_MS = 20
const MAX_POLL_MS = 5000
const MAX_CLAIMS_AT_ONCE = 100
/** While more tasks wait than there are slots: how long ends of runs are gathered, at most. */
const GATHER_MS = 5
/** The part of all slots that a claim then waits for. */
const GATHERED_PART = 1 / 4
/** Runs that ended but are not recorded yet. More of them means that the store is slow. */
const MAX_UNRECORDED = 256

export interface ClaimLoopOptions {
  readonly store: Pick<StoreInstance, 'claim' | 'nextDueAt'>
  /** What to claim now; null if no slot is free. */
  readonly request: () => ClaimRequest | null
  /** Whether so many slots are free that a claim need not wait for more. */
  readonly hasGathered: () => boolean
  /** `askedAt` is on the monotonic clock. */
  readonly take: (claims: readonly Claim[], request: ClaimRequest, askedAt: number) => void
  readonly logger: PluginLogger
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/**
 * Claims tasks in batches while there are any and slots are free. Otherwise waits until it is woken or a task is due. While
 * more tasks wait than there are slots, the ends of runs are gathered for a moment, so that the store records several, and
 * fills their slots, in one commit.
 */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions
  #running: Promise<void> | null = null
  #stopped = false
  #woken = false
  #waitsForSlot = false
  #endWait: (() => void) | null = null
  /** The last claim found as many tasks as were asked for. */
  #isBehind = false
  /** What has ended and is to be recorded with the next claim; null: nothing. */
  #round: PromiseWithResolvers<void> | null = null
  #endGathering: (() => void) | null = null
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
    // After a failure of the store, only the timer ends the wait.
    if (this.#failures === 0) this.#endWait?.()
  }

  /** A slot became free. Wakes the loop only if it waits for one. */
  slotFreed(): void {
    if (this.#isBehind) this.#round ??= Promise.withResolvers()
    if (this.#waitsForSlot) this.wake()
    // After what ended at the same time.
    if (this.#endGathering !== null && this.#options.hasGathered()) setImmediate(this.#endGathering)
  }

  /** Resolves when the end of a run is to be recorded: at once, unless a claim is about to follow. */
  recordingTime(): Promise<void> | undefined {
    return this.#round?.promise
  }

  /** Resolves after the claim under way. Its tasks are still taken. */
  async stop(): Promise<void> {
    this.#stopped = true
    // What has ended need not wait for a claim under way, which may take long.
    this.#caughtUp()
    this.#endWait?.()
    this.#endGathering?.()
    await this.#running
    this.#caughtUp()
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      // Slots that become free at the same time are filled by one claim.
      if (this.#isBehind) await this.#gather()
      else await afterOtherEvents()
      this.#endRound()
      this.#woken = false
      try {
        const waitMs = await this.#claimOnce()
        this.#failures = 0
        if (!this.#woken && waitMs > 0) await this.#wait(waitMs)
      } catch (error) {
        this.#caughtUp()
        this.#failures++
        this.#options.logger.error(
          { failures: this.#failures, fault: describeFault(error) },
          'the store could not be asked for tasks',
        )
        await this.#wait(storeRetryMs(this.#failures))
      }
    }
  }

  /** Returns how long to wait before the next claim, in milliseconds. */
  async #claimOnce(): Promise<number> {
    const { store, take } = this.#options
    const request = this.#stopped ? null : this.#options.request()
    this.#waitsForSlot = request === null
    if (request === null) return MAX_POLL_MS
    const askedAt = performance.now()
    const claims = request.programs.length === 0 ? [] : await store.claim(request)
    if (claims.length > 0) take(claims, request, askedAt)
    this.#isBehind = claims.length >= request.limit
    if (this.#isBehind) return 0
    this.#caughtUp()
    if (this.#woken || request.programs.length === 0) return MAX_POLL_MS
    // A task with lost attempts that was just taken keeps others of its kind from being claimed.
    const skipsLost = request.skipsLost || claims.some(({ task }) => task.lostAttempts > 0)
    return this.#untilDue(await store.nextDueAt(request.programs, skipsLost), claims.length > 0)
  }

  async #gather(): Promise<void> {
    if (this.#stopped || this.#options.hasGathered()) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS)
      this.#endGathering = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#endGathering = null
  }

  #endRound(): void {
    this.#round?.resolve()
    this.#round = null
  }

  #caughtUp(): void {
    this.#isBehind = false
    this.#endRound()
  }

  #untilDue(dueAt: number | null, found: boolean): number {
    const waitMs = dueAt === null ? MAX_POLL_MS : dueAt - this.#options.clock()
    // A task is said to be due but is not given: the clocks differ. Ask less and less often.
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

/** What a node is doing now. */
export interface Occupancy {
  readonly node: string
  /** Programs that are running. */
  readonly running: number
  /** Runs that have ended and are being recorded. */
  readonly unrecorded: number
  /** Whether one of these programs has lost attempts. */
  readonly runsLost: boolean
  readonly held: readonly Lease[]
}

/** Whether a claim need not wait for more slots. */
export function hasGathered({ settings }: RunningConfig, running: number): boolean {
  const { concurrency } = settings.node
  return concurrency - running >= concurrency * GATHERED_PART
}

/** What to claim now, for the programs that this node may run; null if it has no free slot. */
export function claimRequest(config: RunningConfig, now: Occupancy): ClaimRequest | null {
  const { concurrency, leaseSeconds, labels } = config.settings.node
  const limit = Math.min(
    concurrency - now.running,
    MAX_UNRECORDED - now.unrecorded,
    MAX_CLAIMS_AT_ONCE,
  )
  if (limit <= 0) return null
  const programs = [...config.programs.values()]
    .filter(({ settings }) => hasLabels(labels, settings.runsOn))
    .map(claimedProgram)
  return { node: now.node, limit, leaseSeconds, programs, skipsLost: now.runsLost, held: now.held }
}

function claimedProgram({ name, settings }: RunningProgram): ClaimedProgram {
  const { concurrency, rateLimit } = settings.policy
  return { name, concurrency, rateLimit }
}

/** Whether a node with these labels has every label that was asked for. */
export function hasLabels(labels: readonly string[], asked: readonly string[]): boolean {
  return asked.every((label) => labels.includes(label))
}
