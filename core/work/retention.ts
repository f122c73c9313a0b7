import type { Meter } from '../contracts/meter.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Pruned, PruneRequest } from '../contracts/retention.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { Passes } from '../kit/passes.ts'
import { pruneSegment } from '../projection/prune-segment.ts'
import type { Settings } from '../settings/settings.ts'
import { describeFault } from './fault.ts'

const DAY_MS = 86_400_000
/** Rows of each kind in one transaction. */
const BATCH = 200
const MIN_PAUSE_MS = 20
/** A pause is this many times as long as the batch before it, so that the store is mostly free to accept deliveries. */
const PAUSE_FACTOR = 4
/** Latest time of the first run after the start, so that it also happens on nodes that restart often. */
const MAX_FIRST_WAIT_MS = 300_000
const STOP_LIMIT_MS = 2000
/** Clocks are set and machines sleep. A larger jump may be a mistake that is soon corrected, so nothing is deleted then. */
const MAX_JUMP_MS = DAY_MS

export interface RetentionOptions {
  readonly store: Pick<StoreInstance, 'prune' | 'nextSegment' | 'segment' | 'replaceSegments'>
  /** The settings in force. */
  readonly settings: () => Settings['retention']
  readonly logger: PluginLogger
  readonly meter: Meter
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
}

/** Deletes what the settings no longer keep, in small batches. Several nodes may do so at the same time. */
export class Retention {
  readonly #options: RetentionOptions
  readonly #passes: Passes
  /** By how much the clock was ahead at the last pass. */
  #ahead: number | null = null

  constructor(options: RetentionOptions) {
    this.#options = options
    const { logger } = options
    const fault = 'old records could not be deleted'
    this.#passes = new Passes({ pass: () => this.#pass(), logger, fault })
  }

  start(): void {
    this.#passes.start()
  }

  /** Starts no further batch. Waits at most two seconds for the current one. Never throws. */
  stop(): Promise<void> {
    return this.#passes.stop(STOP_LIMIT_MS)
  }

  /** Deletes everything that may be deleted now. Never throws: after a failure of the store, the next run tries again. */
  async prune(): Promise<void> {
    const { settings, logger, meter, clock } = this.#options
    const startedAt = performance.now()
    const request = requestOf(settings(), clock())
    const gone = { deliveries: 0, tasks: 0, logs: 0 }
    try {
      await this.#repeat(async () => {
        const pruned = await this.#batch(request)
        for (const kind of KINDS) gone[kind] += pruned[kind]
        return pruned.more
      })
      let segment: number | null = 0
      await this.#repeat(async () => {
        segment = await pruneSegment(this.#options.store, segment ?? 0)
        return segment !== null
      })
      if (!this.#isStopping) meter.pruneEnded(clock())
    } catch (error) {
      logger.error({ fault: describeFault(error) }, 'old records could not be deleted')
    }
    if (KINDS.every((kind) => gone[kind] === 0)) return
    const durationMs = Math.round(performance.now() - startedAt)
    logger.info({ ...gone, durationMs }, 'old records were deleted')
  }

  async #pass(): Promise<number> {
    const { settings, random } = this.#options
    const before = this.#ahead
    this.#ahead = this.#clockAhead()
    const everyMs = settings().everySeconds * 1000
    // Nodes that start at the same time should not delete at the same time.
    if (before === null) return random() * Math.min(MAX_FIRST_WAIT_MS, everyMs)
    const jumpMs = this.#ahead - before
    if (jumpMs <= MAX_JUMP_MS) await this.prune()
    else this.#options.logger.warn({ jumpMs }, 'the clock jumped ahead: nothing is deleted now')
    return everyMs * (0.75 + random() / 2)
  }

  /** Repeats a step while there is more to do, with pauses. */
  async #repeat(step: () => Promise<boolean>): Promise<void> {
    for (let more = true; more && !this.#isStopping; ) {
      const begun = performance.now()
      more = await step()
      const pauseMs = Math.max(MIN_PAUSE_MS, (performance.now() - begun) * PAUSE_FACTOR)
      if (more) await this.#passes.pause(pauseMs)
    }
  }

  async #batch(request: PruneRequest): Promise<Pruned> {
    const pruned = await this.#options.store.prune(request)
    for (const kind of KINDS) {
      if (pruned[kind] > 0) this.#options.meter.pruned(kind, pruned[kind])
    }
    return pruned
  }

  /** Milliseconds by which the clock is ahead of a monotonic clock. Only differences between two values matter. */
  #clockAhead(): number {
    return Math.round(this.#options.clock() - performance.now())
  }

  get #isStopping(): boolean {
    return this.#passes.stopping.aborted
  }
}

const KINDS = ['deliveries', 'tasks', 'logs'] as const

function requestOf({ deliveries, tasks, logs }: Settings['retention'], now: number): PruneRequest {
  const before = (days: number | null) => (days === null ? null : Math.trunc(now - days * DAY_MS))
  const request = {
    deliveriesBefore: before(deliveries.days),
    keepDeliveries: deliveries.count,
    tasksBefore: before(tasks.days),
    keepTasks: tasks.count,
    logsBefore: before(logs.days),
  }
  return { ...request, countsAt: Math.trunc(now), limit: BATCH }
}
