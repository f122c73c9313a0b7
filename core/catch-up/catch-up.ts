import type { RunningConfig } from '../contracts/config.ts'
import type { Meter } from '../contracts/meter.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import { Passes } from '../kit/passes.ts'
import type { Receiver } from '../receive/receiver.ts'
import { isRetryable, shownFault } from '../sdk/api/fault.ts'
import { type ProviderPlace, placeName } from '../sdk/api/place.ts'
import { DocumentClaim } from '../work/document-claim.ts'
import { isAhead } from '../work/document-records.ts'
import {
  claimedFeeds,
  claimOf,
  type Feed,
  type FeedRecord,
  feedsOf,
  hasFeeds,
  isBarred,
  isDue,
  type ListedFeed,
  newFeed,
  readFeeds,
  writeFeed,
} from './feed.ts'
import { type FoundDelivery, type RecoverTools, recoverMissed } from './recover-missed.ts'

export interface CatchUpOptions {
  readonly config: () => RunningConfig
  readonly store: Pick<StoreInstance, 'documents' | 'writeDocuments' | 'knownSenderIds'>
  readonly receiver: Pick<Receiver, 'recover'>
  /** Targets with webhooks that the config need not name. */
  readonly added: () => Promise<readonly ProviderPlace[]>
  /** The provider's id of our webhook; null: there is none. */
  readonly hookOf: (feed: Feed, signal: AbortSignal) => Promise<string | null>
  readonly meter: Pick<Meter, 'recovered' | 'caughtUp'>
  readonly logger: PluginLogger
  /** Removes secrets from what a provider answered. */
  readonly redact: (text: string) => string
  readonly clock: () => number
  /** Default: 5 seconds. */
  readonly tickMs?: number
}

/** What a person asks for. */
export interface CatchUpRequest {
  /** Default: every source whose missed deliveries can be asked for. */
  readonly source?: string | undefined
  /** Milliseconds since the epoch. Default: from where it was left. */
  readonly since?: number | undefined
  readonly dryRun?: boolean | undefined
}

export interface CatchUpResult {
  readonly source: string
  readonly target: string
  /** At most 200. */
  readonly found: readonly FoundDelivery[]
  /** How many were found. */
  readonly count: number
  /** No webhook is registered there, so nobody was asked. */
  readonly noWebhook: boolean
  /** Why it ended early; null if it did not. */
  readonly fault: FeedRecord['fault']
}

const TICK_MS = 5000
/** A clock that is ahead by more was not watched: the machine slept. */
const JUMP_MS = 30_000
/** A delivery may appear in the list of its provider late. */
const OVERLAP_MS = 15 * 60_000
const FIRST_RETRY_MS = 30_000
const MAX_RETRY_MS = 30 * 60_000
const MAX_FOUND = 200

/**
 * Asks providers for the deliveries that did not arrive: at the start, after the machine slept, when the tunnel opens,
 * and every few minutes. For each target, one node at a time does it.
 */
export class CatchUp {
  readonly #options: CatchUpOptions
  readonly #passes: Passes
  readonly #settled = new Set<string>()
  readonly #tickMs: number
  #isForced = true
  /** When the last pass ended. */
  #passedAt = Number.POSITIVE_INFINITY

  constructor(options: CatchUpOptions) {
    this.#options = options
    const { logger, tickMs = TICK_MS } = options
    this.#tickMs = tickMs
    const fault = 'missed deliveries could not be asked for'
    this.#passes = new Passes({ pass: () => this.#pass(), logger, fault })
  }

  /** Begins to ask. */
  start(): void {
    this.#passes.start()
  }

  /** Asks again now: something may have been missed. */
  wake(): void {
    this.#isForced = true
    this.#passes.wake()
  }

  async list(): Promise<readonly ListedFeed[]> {
    const { store } = this.#options
    const [records, claimed] = await Promise.all([readFeeds(store), claimedFeeds(store)])
    return (await this.#feeds()).map(({ source, target }) => {
      const name = placeName({ source, target })
      const record = records.get(name) ?? null
      return { feed: { source, target }, record, isAsking: claimed.has(name) }
    })
  }

  /** Asks now. Throws `catch_up_unknown`. Faults of providers are in the results. */
  run(request: CatchUpRequest): Promise<readonly CatchUpResult[]> {
    const { source } = request
    const sources = [...this.#options.config().sources.values()].filter(hasFeeds)
    if (!sources.some(({ name }) => name === (source ?? name))) {
      const message =
        source === undefined
          ? 'No source can ask for missed deliveries'
          : `The source '${source.slice(0, 64)}' cannot ask for missed deliveries`
      throw new HooklineError('catch_up_unknown', message)
    }
    return this.#passes.alone(async () => {
      const results: CatchUpResult[] = []
      for (const feed of await this.#feeds()) {
        if (source !== undefined && feed.source !== source) continue
        results.push(await this.#ask(feed, request))
      }
      // What took long was no sleep of the machine.
      this.#passedAt = this.#options.clock()
      return results
    })
  }

  close(): Promise<void> {
    return this.#passes.stop()
  }

  /** Asks all feeds that are due. Returns when to look again. */
  async #pass(): Promise<number> {
    const { clock } = this.#options
    if (clock() - this.#passedAt > this.#tickMs + JUMP_MS) this.#isForced = true
    try {
      await this.#askDue()
      return this.#tickMs
    } finally {
      this.#passedAt = clock()
    }
  }

  async #askDue(): Promise<void> {
    const { config, store, clock } = this.#options
    if (config().settings.catchUp === false) return
    if (![...config().sources.values()].some(hasFeeds)) return
    const isForced = this.#isForced
    this.#isForced = false
    try {
      const records = await readFeeds(store)
      const maxMs = Math.max(MAX_RETRY_MS, this.#everyMs())
      const due = (await this.#feeds()).filter(
        (feed) => isForced || isDue(records.get(placeName(feed)), clock(), maxMs),
      )
      for (const feed of due) if (!this.#passes.stopping.aborted) await this.#ask(feed, null)
    } catch (error) {
      this.#isForced ||= isForced
      throw error
    }
  }

  async #feeds(): Promise<readonly Feed[]> {
    return feedsOf(this.#options.config(), await this.#options.added())
  }

  /** Asks one feed. `request` is null for a pass of its own. */
  async #ask(feed: Feed, request: CatchUpRequest | null): Promise<CatchUpResult> {
    const { store, clock, redact, config } = this.#options
    const { source, target } = feed
    const found: FoundDelivery[] = []
    const counts = { found: 0, recovered: 0 }
    const onFound = (one: FoundDelivery) => {
      counts.found++
      if (one.outcome === 'verified' || one.outcome === 'fetched') {
        counts.recovered++
        this.#options.meter.recovered(source)
      }
      if (found.length < MAX_FOUND) found.push(one)
    }
    const answer = (fault: FeedRecord['fault'], noWebhook = false) => ({
      ...{ source, target, found, count: counts.found, noWebhook, fault },
    })
    const read = async () => (await readFeeds(store)).get(placeName(feed))
    const known = await read()
    if (known?.fault && isBarred(known, clock())) return answer(known.fault)
    const isDryRun = request?.dryRun === true
    const lost = new AbortController()
    const node = config().settings.node.name
    const claim = new DocumentClaim({ store, clock, node, place: claimOf(feed) })
    const isTaken = isDryRun || (await claim.take(() => lost.abort(isOthers())))
    if (!isTaken) return answer(shownFault(isOthers(), redact))
    const startedAt = clock()
    const before = await read()
    const isKnown = before !== undefined && !isAhead(before.knownSince, startedAt)
    const record = isKnown ? before : newFeed(feed, startedAt)
    const settle = async (changes: () => Partial<FeedRecord>) => {
      if (!isDryRun && !lost.signal.aborted) await writeFeed(store, { ...record, ...changes() })
    }
    try {
      // Due until it is done: if this node is killed, others go on as soon as the claim has ended.
      await settle(() => ({ nextAt: Math.min(record.nextAt, startedAt) }))
      const since = new Date(request?.since ?? this.#sinceOf(record))
      const signal = AbortSignal.any([this.#passes.stopping, lost.signal])
      const isThere = await this.#recover(feed, since, { signal, isDryRun, onFound })
      await settle(() => this.#succeeded(record, startedAt, isThere ? counts.recovered : null))
      return answer(null, !isThere)
    } catch (error) {
      if (this.#passes.stopping.aborted) {
        await settle(() => ({ recovered: record.recovered + counts.recovered }))
        throw error
      }
      await settle(() => this.#failed(record, error, counts.recovered))
      return answer(shownFault(error, redact))
    } finally {
      if (!isDryRun) await claim.release()
      if (counts.recovered > 0) {
        const said = { source, target, deliveries: counts.recovered }
        this.#options.logger.info(said, 'missed deliveries recovered')
      }
    }
  }

  async #recover(
    feed: Feed,
    since: Date,
    tools: Pick<RecoverTools, 'signal' | 'isDryRun' | 'onFound'>,
  ): Promise<boolean> {
    const { config, store, receiver, hookOf } = this.#options
    const hook = await hookOf(feed, tools.signal)
    if (hook === null) return false
    const more = { config: config(), store, receiver, settled: this.#settled }
    await recoverMissed(feed, hook, since, { ...tools, ...more })
    return true
  }

  #sinceOf(record: FeedRecord): number {
    const { catchUp } = this.#options.config().settings
    const now = this.#options.clock()
    const oldest = catchUp === false ? 0 : now - catchUp.maxAge
    // Nobody knows when that was.
    const from = isAhead(record.from, now) ? oldest : record.from - OVERLAP_MS
    return Math.max(record.knownSince, oldest, from)
  }

  /** `recovered` is null where there is no webhook: nothing was sent. */
  #succeeded(record: FeedRecord, startedAt: number, recovered: number | null): Partial<FeedRecord> {
    const { logger, meter, clock } = this.#options
    const { source, target } = record
    const now = clock()
    if (recovered !== null) meter.caughtUp(now)
    if (record.fault !== null) {
      logger.info({ source, target }, 'missed deliveries can be asked for again')
    }
    const succeededAt = recovered === null ? record.succeededAt : now
    return {
      ...{ from: startedAt, nextAt: startedAt + this.#everyMs(), notBefore: 0, succeededAt },
      ...{ failures: 0, fault: null, recovered: record.recovered + (recovered ?? 0) },
    }
  }

  #failed(record: FeedRecord, error: unknown, recovered: number): Partial<FeedRecord> {
    const { logger, redact, clock } = this.#options
    const { source, target } = record
    const fault = shownFault(error, redact)
    const failures = record.failures + 1
    const backoff = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
    const wait = isRetryable(error) ? backoff : Math.max(backoff, this.#everyMs())
    const asked = isHooklineError(error) ? error.fields['retryAfterSeconds'] : null
    const notBefore = typeof asked === 'number' ? clock() + asked * 1000 : 0
    if (record.fault?.code !== fault.code) {
      const said = { source, target, code: fault.code, fault: fault.message, remedy: fault.remedy }
      logger.warn(said, 'missed deliveries could not be asked for')
    }
    const nextAt = Math.max(clock() + wait, notBefore)
    return { failures, fault, notBefore, nextAt, recovered: record.recovered + recovered }
  }

  #everyMs(): number {
    const { catchUp } = this.#options.config().settings
    return catchUp === false ? MAX_RETRY_MS : catchUp.every
  }
}

function isOthers(): HooklineError {
  return new HooklineError('overloaded', 'Another node asks for them right now')
}
