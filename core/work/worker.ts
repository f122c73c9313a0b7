import type { RunningConfig, RunningProgram } from '../contracts/config.ts'
import type { Meter } from '../contracts/meter.ts'
import type { Claim, ClaimRequest, Lease, Settlement, StoreInstance } from '../contracts/store.ts'
import type { HandedOver } from '../contracts/task.ts'
import type { Tracer } from '../contracts/tracer.ts'
import { NO_METER } from '../kit/no-meter.ts'
import { checksBefore, programOf } from '../matching/next-step.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { NO_TRACER } from '../tracing/no-tracer.ts'
import { ActiveRuns } from './active-runs.ts'
import { Attempt } from './attempt.ts'
import { ClaimLoop, claimRequest, hasGathered } from './claim-loop.ts'
import { locateFault } from './fault.ts'
import { Follower } from './follow/follower.ts'
import { type FollowUpOptions, withFollowUps } from './follow-up.ts'
import { Leases } from './leases.ts'
import { OpenExecutors } from './open-executors.ts'
import { type MakeApprovalLink, readsOf } from './read-request.ts'
import { record, reportEnd, reportHandOver } from './record.ts'
import { RunLog } from './run-log.ts'
import { isShortage, returnedSettlement } from './settlement.ts'

const PAUSE_MS = 1000
/** Added to the limit of a stop, so that stopped runs can still be recorded. */
const RECORD_SECONDS = 10

export interface WorkerOptions extends FollowUpOptions {
  readonly store: StoreInstance
  readonly config: () => RunningConfig
  readonly nodeName: string
  readonly redactor: Pick<Redactor, 'text' | 'stream'>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** Default: there are no links. */
  readonly approvalLink?: MakeApprovalLink
  /** Default: nothing is measured. */
  readonly meter?: Meter
  /** Default: nothing is traced. */
  readonly tracer?: Tracer
  /** How long a run may take to end after it was told to stop. Default 15. */
  readonly killAfterSeconds?: number
}

const DEFAULTS: Required<Pick<WorkerOptions, 'meter' | 'tracer' | 'killAfterSeconds'>> = {
  meter: NO_METER,
  tracer: NO_TRACER,
  killAfterSeconds: 15,
}

export interface ActiveRun {
  readonly taskId: string
  readonly program: string
  readonly startedAt: number
}

/** Claims tasks and runs their programs until it is stopped. */
export class Worker {
  readonly #options: WorkerOptions & typeof DEFAULTS
  readonly #loop: ClaimLoop
  readonly #leases: Leases
  readonly #executors: OpenExecutors
  readonly #follower: Follower
  readonly #running = new ActiveRuns()
  readonly #unfinished = new Set<Promise<void>>()
  readonly #gaveUp = new AbortController()
  readonly #storeLost = new AbortController()
  readonly #recordsNoMore = AbortSignal.any([this.#gaveUp.signal, this.#storeLost.signal])
  readonly #stopTimers = new Set<NodeJS.Timeout>()
  /** On the monotonic clock. */
  #pausedUntil = 0
  #unsubscribe: (() => void) | null = null
  #draining = false
  #stopping: Promise<void> | null = null
  #stopped = false

  constructor(options: WorkerOptions) {
    const { store, config, logger, clock } = options
    this.#options = { ...DEFAULTS, ...options }
    this.#executors = new OpenExecutors(logger)
    this.#follower = new Follower({
      ...this.#options,
      executors: this.#executors,
      gaveUp: this.#recordsNoMore,
    })
    const leaseSeconds = () => config().settings.node.leaseSeconds
    this.#leases = new Leases({ store, leaseSeconds, logger })
    this.#loop = new ClaimLoop({
      store,
      request: () => this.#request(),
      hasGathered: () => hasGathered(config(), this.#running.size),
      take: (claims, request, askedAt) => {
        for (const claim of claims) this.#take(claim, askedAt + request.leaseSeconds * 1000)
      },
      logger,
      clock,
    })
  }

  /** Throws after `stop`: a stopped worker stays stopped. */
  start(): void {
    if (this.#stopping !== null) throw new Error('a stopped worker cannot be started again')
    this.#followConfig()
    this.#unsubscribe ??= this.#options.store.subscribe((change) => {
      if (change.kind === 'work') this.#loop.wake()
      if (change.kind === 'cancel') {
        this.#leases.cancel(change.taskId)
        this.#follower.cancel(change.taskId)
      }
      if (change.kind === 'failed') this.#storeLost.abort()
    })
    this.#loop.start()
  }

  /** Programs and limits may have changed. What is running continues with the settings it started with. */
  configChanged(): void {
    if (this.#stopping !== null) return
    this.#followConfig()
    this.#loop.wake()
  }

  #followConfig(): void {
    this.#executors.follow(this.#options.config())
    this.#follower.followConfig()
  }

  /** Stops or resumes claiming. What is running continues to its end. */
  drain(draining: boolean): void {
    if (draining === this.#draining) return
    this.#draining = draining
    const message = draining ? 'draining: it claims no more tasks' : 'it claims tasks again'
    this.#options.logger.info({ running: this.#running.size }, message)
    this.#loop.wake()
  }

  activeRuns(): readonly ActiveRun[] {
    return this.#running.list().map(({ taskId, program, startedAt }) => {
      return { taskId, program, startedAt }
    })
  }

  /**
   * Stops claiming, lets programs end, and hands back the tasks of programs that still run after `graceSeconds`. A second
   * call can shorten the time of the first. Never throws.
   */
  stop(graceSeconds: number): Promise<void> {
    if (this.#stopping !== null && this.#stopped) return this.#stopping
    const stopRuns = () => {
      for (const attempt of this.#running.list()) attempt.stop('stopping')
    }
    const limitSeconds = graceSeconds + this.#options.killAfterSeconds + RECORD_SECONDS
    this.#stopTimers.add(setTimeout(stopRuns, graceSeconds * 1000))
    this.#stopTimers.add(setTimeout(() => this.#gaveUp.abort(), limitSeconds * 1000))
    this.#stopping ??= this.#shutDown()
    return this.#stopping
  }

  async #shutDown(): Promise<void> {
    const gaveUp = new Promise<void>((resolve) => {
      this.#gaveUp.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([this.#loop.stop(), gaveUp])
    await Promise.race([Promise.all(this.#unfinished), gaveUp])
    await Promise.race([this.#follower.stop(), gaveUp])
    if (this.#unfinished.size > 0) {
      const fields = { tasks: this.#unfinished.size }
      this.#options.logger.error(fields, 'stopped before the store had recorded how tasks ended')
    }
    this.#unsubscribe?.()
    this.#leases.stop()
    this.#stopped = true
    for (const timer of this.#stopTimers) clearTimeout(timer)
    await this.#executors.closeAll()
  }

  #request(): ClaimRequest | null {
    const running = this.#running.list()
    if (this.#draining || performance.now() < this.#pausedUntil) return null
    if (running.some((attempt) => attempt.isAlone)) return null
    return claimRequest(this.#options.config(), {
      node: this.#options.nodeName,
      running: this.#running.size,
      unrecorded: this.#unfinished.size - this.#running.size,
      runsLost: running.some((attempt) => attempt.isSuspect),
      held: this.#leases.list(),
    })
  }

  #take(claim: Claim, expiresAt: number): void {
    const program = programOf(this.#options.config(), claim.task)
    const handled =
      program === undefined || this.#stopping !== null
        ? this.#handBack(claim)
        : this.#runTask(claim, program, expiresAt)
    this.#unfinished.add(handled)
    void handled.finally(() => {
      this.#unfinished.delete(handled)
      this.#loop.slotFreed()
    })
  }

  async #handBack({ lease }: Claim): Promise<void> {
    const settlement = returnedSettlement(this.#options.clock(), 'its node cannot run it just now')
    await this.#settle(lease, () => settlement)
  }

  /** One task from its claim to its end: run, settled, reported. Never throws. */
  async #runTask(claim: Claim, program: RunningProgram, expiresAt: number): Promise<void> {
    const { store, config, redactor, logger, clock, random } = this.#options
    const { killAfterSeconds, meter, tracer } = this.#options
    const { task, lease, event, isProbe } = claim
    const span = tracer.attempt(claim)
    const log = new RunLog({
      ...{ store, redactor, logger, clock },
      taskId: lease.taskId,
      attempt: lease.fence,
      limitBytes: program.settings.outputLimitBytes,
    })
    const attempt = new Attempt({
      ...{ claim, program, log, logger, redactor, clock, random, killAfterSeconds },
      ...readsOf(this.#options, claim),
      ...checksBefore(config(), claim, clock),
      traceparent: span.traceparent,
    })
    this.#leases.add({ lease, expiresAt, stop: (reason) => attempt.stop(reason) })
    try {
      const settlement = await this.#run(attempt, program)
      const durationMs = clock() - attempt.startedAt
      // Before the end is recorded, so that whoever reads of the end finds all output.
      await log.end()
      let isRecorded = false
      if (settlement !== null && 'ref' in settlement) {
        isRecorded = await this.#record(lease, () => store.handOver(lease, settlement))
        reportHandOver({ logger, span, attempt, ref: settlement.ref, isRecorded })
        if (!isRecorded) return
        const { startedAt } = attempt
        const task = { lease, handedOver: settlement, startedAt, cancelRequested: false }
        return this.#follower.added(program.name, task)
      }
      if (settlement !== null) {
        const { breaker } = program.settings
        const output = log.lastOutput
        const ended = { task, settlement, durationMs, output, isProbe, breaker, event }
        isRecorded = await this.#settle(lease, () => withFollowUps(ended, this.#options))
        // The loop does not know yet when this task is due.
        if (settlement.state === 'waiting') this.#loop.wake()
        if (isShortage(settlement)) this.#pause()
      }
      const recorded = isRecorded ? settlement : null
      reportEnd({ logger, meter, span, attempt, durationMs, settlement: recorded })
    } catch (error) {
      span.end({}, 'internal')
      logger.error({ ...attempt.fields, fault: locateFault(error) }, 'task left to its lease')
    } finally {
      this.#leases.remove(lease)
    }
  }

  /** When this resolves, the slot is free: the end is recorded while the next task runs. */
  async #run(attempt: Attempt, program: RunningProgram): Promise<Settlement | HandedOver | null> {
    this.#running.add(attempt)
    this.#executors.acquire(program.instance)
    try {
      if (attempt.isAlone) {
        await this.#running.untilAlone(attempt, () => {
          const message = 'its node was lost repeatedly: it starts when nothing else runs here'
          this.#options.logger.warn(attempt.fields, message)
        })
      }
      return await attempt.run()
    } finally {
      this.#running.delete(attempt)
      this.#executors.release(program.instance)
      // While it ran, other tasks with lost attempts were not claimed.
      if (attempt.isSuspect) this.#loop.wake()
      else this.#loop.slotFreed()
      if (this.#draining && this.#running.size === 0) {
        this.#options.logger.info({}, 'drained: nothing runs here any more')
      }
    }
  }

  /** Claims nothing for a second, so that a machine without room is not asked for it all the time. */
  #pause(): void {
    this.#pausedUntil = performance.now() + PAUSE_MS
    setTimeout(() => this.#loop.wake(), PAUSE_MS).unref()
  }

  async #settle(lease: Lease, make: () => Settlement | Promise<Settlement>): Promise<boolean> {
    await this.#loop.recordingTime()
    return this.#record(lease, async () => this.#options.store.settle(lease, await make()))
  }

  #record({ taskId }: Lease, write: () => Promise<boolean>): Promise<boolean> {
    const { logger } = this.#options
    return record(write, { taskId, signal: this.#recordsNoMore, logger })
  }
}
