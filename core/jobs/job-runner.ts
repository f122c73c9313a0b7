import { randomUUID } from 'node:crypto'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { isHooklineError } from '../errors/errors.ts'
import { Passes, storeRetryMs } from '../kit/passes.ts'
import { withTimeLimit } from '../kit/time-limit.ts'
import { describeFault } from '../work/fault.ts'
import { HeldJob, type JobTools } from './held-job.ts'
import { hasEnded, JOBS, readJobs, type StoredJob } from './job.ts'
import { isOfStore } from './plan-replays.ts'

/** Longer than a step and the pause after it take. */
const MIN_HOLD_MS = 5000
/** A store may not tell of every change. */
const LOOK_MS = 5000
/** Jobs are not read more often, however often they are written. */
const MIN_LOOK_MS = 1000
const MIN_PAUSE_MS = 20
const MAX_PAUSE_MS = 2000
/** A pause is this many times as long as the step before it, so that the store is mostly free to accept deliveries. */
const PAUSE_FACTOR = 4
const STOP_LIMIT_MS = 2000
/** Failures in a row, not of the store, after which a job is given up. */
const MAX_FAILURES = 5

export interface JobRunnerOptions extends JobTools {
  readonly store: JobTools['store'] & Pick<StoreInstance, 'subscribe'>
  readonly logger: PluginLogger
  /** A job that its holder has not written for so long is taken from it. In milliseconds. */
  readonly holdMs: () => number
}

/** How long a node holds a job without writing it: as long as the lease of a task, and five seconds at least. */
export function jobHoldMs(leaseSeconds: number): number {
  return Math.max(MIN_HOLD_MS, leaseSeconds * 1000)
}

/** A job of another runner, as it was first seen in this version. */
interface Seen {
  readonly version: number
  /** On the monotonic clock. */
  readonly at: number
}

/** Carries out jobs, one step of each in turn. On several nodes, each job is carried out by one of them at a time. */
export class JobRunner {
  readonly #options: JobRunnerOptions
  readonly #holder = randomUUID()
  readonly #passes: Passes
  readonly #held = new Map<string, HeldJob>()
  readonly #failures = new Map<string, number>()
  #others = new Map<string, Seen>()
  /** On the monotonic clock. */
  #lookedAt = Number.NEGATIVE_INFINITY
  #hasNews = true
  /** Until it has looked once. */
  #isNew = true
  #unsubscribe: (() => void) | null = null

  constructor(options: JobRunnerOptions) {
    this.#options = options
    const { logger } = options
    const fault = 'jobs could not be read'
    this.#passes = new Passes({ pass: () => this.#pass(), logger, fault })
  }

  start(): void {
    this.#unsubscribe ??= this.#options.store.subscribe((change) => {
      if (change.kind !== 'documents' || change.collection !== JOBS) return
      this.#hasNews = true
      if (this.#held.size === 0) this.#passes.wake()
    })
    this.#passes.start()
  }

  /** Starts no further step, and lets other nodes go on with its jobs. Takes two seconds at most. Never throws. */
  async stop(): Promise<void> {
    this.#unsubscribe?.()
    const released = this.#passes
      .stop()
      .then(() => Promise.allSettled([...this.#held.values()].map((job) => job.release())))
    await withTimeLimit(released, STOP_LIMIT_MS, () => {})
  }

  /** Returns when to look for jobs again; 0: one is held. */
  async #pass(): Promise<number> {
    for (const job of this.#held.values()) await this.#stepOf(job)
    try {
      await this.#look()
    } catch (error) {
      // Jobs in hand go on.
      if (this.#held.size === 0) throw error
    }
    if (this.#held.size > 0) return 0
    const restMs = this.#hasNews ? MIN_LOOK_MS : Math.min(LOOK_MS, this.#options.holdMs())
    return Math.max(0, restMs - (performance.now() - this.#lookedAt))
  }

  /** Takes the jobs that nobody carries out. */
  async #look(): Promise<void> {
    const { store, nodeName } = this.#options
    const holdMs = this.#options.holdMs()
    const now = performance.now()
    const since = now - this.#lookedAt
    if (since < (this.#hasNews ? MIN_LOOK_MS : Math.min(LOOK_MS, holdMs))) return
    this.#hasNews = false
    this.#lookedAt = Number.NEGATIVE_INFINITY
    const others = new Map<string, Seen>()
    for (const stored of (await readJobs(store)).toReversed()) {
      const { id, version, job } = stored
      if (this.#held.has(id) || hasEnded(job)) continue
      const before = this.#others.get(id)
      const seen = before?.version === version ? before : { version, at: now }
      // It is its own where the answer to the write that took it was lost. A node that starts succeeds one of its name.
      const isOwn = job.holder === this.#holder || (this.#isNew && job.node === nodeName)
      if (job.holder === null || isOwn || now - seen.at >= holdMs) await this.#take(stored)
      else others.set(id, seen)
    }
    this.#others = others
    this.#lookedAt = now
    this.#isNew = false
  }

  async #take(stored: StoredJob): Promise<void> {
    const held = await HeldJob.take(this.#options, this.#holder, stored)
    if (held === null) {
      this.#hasNews = true
      return
    }
    this.#held.set(stored.id, held)
    const { action, holder } = stored.job
    const isTaken = holder !== null && holder !== this.#holder
    const message = isTaken ? 'job taken over: its node wrote nothing more' : 'job started'
    this.#options.logger.info({ job: stored.id, action }, message)
  }

  async #stepOf(job: HeldJob): Promise<void> {
    if (this.#isStopping) return
    const began = performance.now()
    try {
      if (!(await job.step())) this.#drop(job)
      this.#failures.delete(job.id)
    } catch (error) {
      await this.#failed(job, error)
    }
    const pauseMs = (performance.now() - began) * PAUSE_FACTOR
    await this.#passes.pause(Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, pauseMs)))
  }

  #drop(job: HeldJob): void {
    this.#held.delete(job.id)
    const { progress } = job
    const message = hasEnded(progress) ? 'job ended' : 'job carried out by another node now'
    this.#options.logger.info(progress, message)
  }

  /** A step is tried again: forever if the store is at fault. */
  async #failed(job: HeldJob, error: unknown): Promise<void> {
    const failures = (this.#failures.get(job.id) ?? 0) + 1
    this.#failures.set(job.id, failures)
    const fields = { job: job.id, failures, fault: describeFault(error) }
    this.#options.logger.error(fields, 'a step of a job failed')
    await this.#passes.pause(storeRetryMs(failures))
    if (isOfStore(error) || failures < MAX_FAILURES) return
    const reason = isHooklineError(error) ? `${error.code}: ${error.message}` : 'internal'
    try {
      await job.fail(reason)
      this.#drop(job)
    } catch {
      // The next failure tries again.
    }
  }

  get #isStopping(): boolean {
    return this.#passes.stopping.aborted
  }
}
