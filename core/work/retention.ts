import { setTimeout as sleep } from 'node:timers/promises'
import type { Meter } from '../contracts/meter.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Pruned, PruneRequest, StoreUpkeep } from '../contracts/retention.ts'
import type { RetentionSettings } from '../contracts/retention-settings.ts'
import { describeFault } from './fault.ts'

const DAY_MS = 86_400_000
/** Rows of each kind in one transaction. */
const BATCH = 200
const MIN_PAUSE_MS = 20
/** Pauses are so many times as long as what they follow: accepts have the store for most of the time. */
const PAUSE_FACTOR = 4
/** The first look is no later than this after the start, also where a node is started often. */
const MAX_FIRST_WAIT_MS = 300_000
const STOP_LIMIT_MS = 2000
/** The clock may be set, and machines sleep; what is more than this may be a mistake that is mended soon. */
const MAX_JUMP_MS = DAY_MS

export interface RetentionOptions {
  readonly store: Pick<StoreUpkeep, 'prune'>
  /** Those in force. */
  readonly settings: () => RetentionSettings
  readonly logger: PluginLogger
  readonly meter: Meter
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
}

/** Deletes what the settings no longer keep, a little at a time. Nodes may do so side by side. */
export class Retention {
  readonly #options: RetentionOptions
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Starts no further batch. Waits for one under way, two seconds at most. Never throws. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const limit = new AbortController()
    const late = sleep(STOP_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {})
    await Promise.race([this.#running, late])
    limit.abort()
  }

  /** Deletes all that may go now. Never throws: what the store does not take is tried at the next time. */
  async prune(): Promise<void> {
    const { settings, logger, meter, clock } = this.#options
    const startedAt = performance.now()
    const request = requestOf(settings(), clock())
    const gone = { deliveries: 0, tasks: 0, logs: 0 }
    try {
      for (let more = request !== null; more && !this.#isStopping; ) {
        const begun = performance.now()
        const pruned = await this.#batch(request as PruneRequest)
        for (const kind of KINDS) gone[kind] += pruned[kind]
        more = pruned.more
        if (more) await this.#pause((performance.now() - begun) * PAUSE_FACTOR)
      }
      if (!this.#isStopping) meter.pruneEnded(clock())
    } catch (error) {
      logger.error({ fault: describeFault(error) }, 'old records could not be deleted')
    }
    if (KINDS.every((kind) => gone[kind] === 0)) return
    const durationMs = Math.round(performance.now() - startedAt)
    logger.info({ ...gone, durationMs }, 'old records were deleted')
  }

  async #run(): Promise<void> {
    const { settings, random } = this.#options
    let before = this.#clockAhead()
    // Nodes that were started together do not look together.
    await this.#wait(random() * Math.min(MAX_FIRST_WAIT_MS, settings().everySeconds * 1000))
    while (!this.#isStopping) {
      const ahead = this.#clockAhead()
      const jumpMs = ahead - before
      before = ahead
      if (jumpMs <= MAX_JUMP_MS) await this.prune()
      else this.#options.logger.warn({ jumpMs }, 'the clock jumped ahead: nothing is deleted now')
      await this.#wait(settings().everySeconds * 1000 * (0.75 + random() / 2))
    }
  }

  async #batch(request: PruneRequest): Promise<Pruned> {
    const pruned = await this.#options.store.prune(request)
    for (const kind of KINDS) {
      if (pruned[kind] > 0) this.#options.meter.pruned(kind, pruned[kind])
    }
    return pruned
  }

  /** Milliseconds by which the clock is ahead of one that nobody sets; only differences mean something. */
  #clockAhead(): number {
    return Math.round(this.#options.clock() - performance.now())
  }

  #pause(ms: number): Promise<void> {
    return this.#wait(Math.max(MIN_PAUSE_MS, ms))
  }

  /** Ended by a stop. */
  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }
}

const KINDS = ['deliveries', 'tasks', 'logs'] as const

/** Null where all is kept. */
function requestOf(
  { deliveries, tasks, logs }: RetentionSettings,
  now: number,
): PruneRequest | null {
  const before = (days: number | null) => (days === null ? null : Math.trunc(now - days * DAY_MS))
  const request = {
    deliveriesBefore: before(deliveries.days),
    keepDeliveries: deliveries.count,
    tasksBefore: before(tasks.days),
    keepTasks: tasks.count,
    logsBefore: before(logs.days),
  }
  const keepsAll = Object.values(request).every((limit) => limit === null)
  return keepsAll ? null : { ...request, limit: BATCH }
}
