import type { PluginLogger } from '../contracts/plugin.ts'
import type { Projection, Unprojected } from '../contracts/projection.ts'
import type { StoreChange, StoreInstance } from '../contracts/store.ts'
import { isHooklineError } from '../errors/errors.ts'
import { Passes } from '../kit/passes.ts'
import { FULL_SEGMENT, segmentsToMerge } from '../sdk/store/search/merge.ts'
import { mergeSegments } from '../sdk/store/search/segment.ts'
import { countsOf, deathsOf } from './counts.ts'
import { segmentsOf } from './segments.ts'
import type { TermHash } from './term-hash.ts'

/** Deliveries, and ends of tasks, in one step. */
const BATCH = 100
/** After something was committed, more is gathered for this long. */
const GATHER_MS = 700
/** A store may not tell of every commit. */
const LOOK_MS = 5_000
/** Another node projects: this one steps back, for this long or up to twice as long. */
const STEP_BACK_MS = 2_000
const MIN_PAUSE_MS = 5
/** A pause is so many times as long as the step before it, so that the store is mostly free to accept deliveries. */
const PAUSE_FACTOR = 4
/** The same if this process is busy with other things, for more than this part of the time. */
const BUSY_PAUSE_FACTOR = 20
const BUSY_SHARE = 0.5
const STOP_LIMIT_MS = 2_000

export interface ProjectorOptions {
  readonly store: Pick<
    StoreInstance,
    'unprojected' | 'project' | 'smallSegments' | 'segment' | 'replaceSegments' | 'subscribe'
  >
  readonly hash: TermHash
  readonly logger: PluginLogger
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
}

/** Derives what lists are searched by from what was committed, soon afterwards. Several nodes may do so at the same time. */
export class Projector {
  readonly #options: ProjectorOptions
  readonly #passes: Passes
  #unsubscribe: (() => void) | null = null
  #limit = BATCH

  constructor(options: ProjectorOptions) {
    this.#options = options
    const { logger } = options
    const fault = 'what lists are searched by could not be updated'
    this.#passes = new Passes({ pass: () => this.#pass(), logger, fault })
  }

  start(): void {
    this.#unsubscribe ??= this.#options.store.subscribe((change) => {
      if (isNews(change)) this.#passes.wake(GATHER_MS)
    })
    this.#passes.start()
  }

  /** Starts no further step. Waits at most two seconds for the current one. Never throws. */
  async stop(): Promise<void> {
    this.#unsubscribe?.()
    await this.#passes.stop(STOP_LIMIT_MS)
  }

  /** Takes in all that waits, unless another node does. Throws if the store cannot be used. */
  async projectAll(): Promise<void> {
    let factor = PAUSE_FACTOR
    for (let more = true; more && !this.#isStopping; ) {
      const begun = performance.now()
      const step = await this.#step()
      if (step === 'lost') return this.#pause(STEP_BACK_MS * (1 + this.#options.random()))
      more = step === 'more'
      const before = performance.eventLoopUtilization()
      if (more) await this.#pause((performance.now() - begun) * factor)
      const { utilization } = performance.eventLoopUtilization(before)
      factor = utilization > BUSY_SHARE ? BUSY_PAUSE_FACTOR : PAUSE_FACTOR
    }
  }

  async #pass(): Promise<number> {
    try {
      await this.projectAll()
      return LOOK_MS
    } catch (error) {
      // Its message may quote what it was about.
      throw isHooklineError(error) ? error : new Error(describe(error).name)
    }
  }

  /** `lost`: another node was first. */
  async #step(): Promise<'more' | 'done' | 'lost'> {
    const { store } = this.#options
    const feed = await store.unprojected(this.#limit)
    const { version, notes, more } = feed
    if (notes.deliveries.length + notes.ends.length === 0) return 'done'
    const derived = this.#derive(feed)
    if (derived === null) return 'more'
    if (!(await store.project({ version, notes, ...derived }))) return 'lost'
    this.#limit = BATCH
    await this.#merge()
    return more ? 'more' : 'done'
  }

  // What cannot be taken in must not hold up all else. It is looked for one by one, and left out.
  #derive(feed: Unprojected): Pick<Projection, 'segments' | 'counts' | 'deaths'> | null {
    try {
      const { ends } = feed
      const segments = segmentsOf(feed, this.#options.hash)
      return { segments, counts: countsOf(feed, Date.now()), deaths: deathsOf(ends) }
    } catch (error) {
      if (isHooklineError(error)) throw error
      if (this.#limit > 1) {
        this.#limit = 1
        return null
      }
      const ids = [...feed.deliveries, ...feed.ends].map(({ id }) => id)
      this.#options.logger.error(
        { ids, fault: describe(error) },
        'lists will not find something by its contents',
      )
      return {}
    }
  }

  async #merge(): Promise<void> {
    const { store } = this.#options
    const small = segmentsToMerge(await store.smallSegments(FULL_SEGMENT))
    if (small.length === 0) return
    const merged = small.map(({ number }) => number)
    const found = await Promise.all(merged.map((number) => store.segment(number)))
    if (found.includes(null)) return
    const whole = mergeSegments(found.filter((segment) => segment !== null))
    await store.replaceSegments(merged, whole)
  }

  #pause(ms: number): Promise<void> {
    return this.#passes.pause(Math.max(ms, MIN_PAUSE_MS))
  }

  get #isStopping(): boolean {
    return this.#passes.stopping.aborted
  }
}

function isNews(change: StoreChange): boolean {
  return change.kind === 'delivery' || change.kind === 'task' || change.kind === 'missed'
}

function describe(error: unknown): { readonly name: string; readonly message: string } {
  if (isHooklineError(error)) return { name: error.code, message: error.message }
  // Its message may quote what it was about.
  return { name: error instanceof Error ? error.name : typeof error, message: '' }
}
