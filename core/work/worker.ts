import type { RunningProgram } from '../contracts/config.ts'
import type { EndedAttempt } from '../contracts/own-event.ts'
import type { Claim, ClaimRequest, Settlement } from '../contracts/store.ts'
import { NO_METER } from '../kit/no-meter.ts'
import { NO_TRACER } from '../kit/no-tracer.ts'
import { Attempt } from './attempt.ts'
import { ClaimLoop } from './claim-loop.ts'
import { claimRequest } from './claim-request.ts'
import { locateFault } from './fault.ts'
import { Leases } from './leases.ts'
import { OpenExecutors } from './open-executors.ts'
import { reportEnd } from './report-end.ts'
import { RunLog } from './run-log.ts'
import { settle } from './settle.ts'
import { settleReturned } from './settlement.ts'
import type { WorkerOptions } from './worker-options.ts'

const KILL_AFTER_SECONDS = 15
/** Added to a stop's own limit, so that what was stopped can still be recorded. */
const RECORD_SECONDS = 10

export interface ActiveRun {
  readonly taskId: string
  readonly program: string
  readonly startedAt: number
}

/** Claims tasks and runs their programs until it is stopped. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #loop: ClaimLoop
  readonly #leases: Leases
  readonly #executors: OpenExecutors
  readonly #running = new Set<Attempt>()
  readonly #unfinished = new Set<Promise<void>>()
  readonly #gaveUp = new AbortController()
  readonly #storeLost = new AbortController()
  readonly #stopTimers = new Set<NodeJS.Timeout>()
  #unsubscribe: (() => void) | null = null
  #draining = false
  #stopping: Promise<void> | null = null
  #stopped = false

  constructor(options: WorkerOptions) {
    const { store, config, logger, clock } = options
    this.#options = options
    this.#executors = new OpenExecutors(logger)
    const leaseSeconds = () => config().settings.node.leaseSeconds
    this.#leases = new Leases({ store, leaseSeconds, logger, clock })
    this.#loop = new ClaimLoop({
      store,
      request: () => this.#request(),
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
    this.#executors.follow(this.#options.config())
    this.#unsubscribe ??= this.#options.store.subscribe((change) => {
      if (change.kind === 'work') this.#loop.wake()
      if (change.kind === 'cancel') this.#leases.cancel(change.taskId)
      if (change.kind === 'failed') this.#storeLost.abort()
    })
    this.#loop.start()
  }

  /** Programs and limits may have changed: what runs goes on as it began. */
  configChanged(): void {
    if (this.#stopping !== null) return
    this.#executors.follow(this.#options.config())
    this.#loop.wake()
  }

  /** Claims no more until told otherwise; what runs goes on to its end. */
  drain(draining: boolean): void {
    if (draining === this.#draining) return
    this.#draining = draining
    const fields = { running: this.#running.size }
    const message = draining ? 'draining: it claims no more tasks' : 'it claims tasks again'
    this.#options.logger.info(fields, message)
    this.#loop.wake()
  }

  activeRuns(): readonly ActiveRun[] {
    return [...this.#running].map(({ taskId, program, startedAt }) => {
      return { taskId, program, startedAt }
    })
  }

  /**
   * Claims no more, lets programs end, and hands back the tasks of those still running after `graceSeconds`. A second
   * call can shorten the first one's time. Never throws.
   */
  stop(graceSeconds: number): Promise<void> {
    if (this.#stopping !== null && this.#stopped) return this.#stopping
    const { killAfterSeconds = KILL_AFTER_SECONDS } = this.#options
    const stopRuns = () => {
      for (const attempt of this.#running) attempt.stop('stopping')
    }
    const limitSeconds = graceSeconds + killAfterSeconds + RECORD_SECONDS
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
    if (this.#draining) return null
    return claimRequest(this.#options.config(), {
      node: this.#options.nodeName,
      running: this.#running.size,
      unrecorded: this.#unfinished.size - this.#running.size,
    })
  }

  #take(claim: Claim, expiresAt: number): void {
    const program = this.#options.config().programs.get(claim.task.program)
    const handled =
      program === undefined || this.#stopping !== null
        ? this.#handBack(claim)
        : this.#carryOut(claim, program, expiresAt)
    this.#unfinished.add(handled)
    void handled.finally(() => {
      this.#unfinished.delete(handled)
      this.#loop.slotFreed()
    })
  }

  async #handBack({ lease }: Claim): Promise<void> {
    const settlement = settleReturned(this.#options.clock(), 'its node cannot run it just now')
    await this.#settle(lease, settlement)
  }

  async #carryOut(claim: Claim, program: RunningProgram, expiresAt: number): Promise<void> {
    const { killAfterSeconds = KILL_AFTER_SECONDS, logger, clock } = this.#options
    const { meter = NO_METER, tracer = NO_TRACER } = this.#options
    const { taskId, fence } = claim.lease
    const span = tracer.attempt(claim)
    const { traceparent } = span
    const limitBytes = program.settings.outputLimitBytes
    const log = new RunLog({ ...this.#options, taskId, attempt: fence, limitBytes })
    const attempt = new Attempt({
      ...this.#options,
      claim,
      program,
      log,
      traceparent,
      killAfterSeconds,
    })
    this.#leases.add({ lease: claim.lease, expiresAt, stop: (reason) => attempt.stop(reason) })
    try {
      const settlement = await this.#run(attempt, program)
      const durationMs = clock() - attempt.startedAt
      // Before the end is recorded, so that who reads of the end finds all output.
      await log.end()
      const recorded =
        settlement !== null &&
        (await this.#settle(claim.lease, {
          ...settlement,
          ...this.#followUp({ task: claim.task, settlement, durationMs, output: log.lastOutput }),
        }))
      // It comes due at a time that the loop does not know of yet.
      if (settlement?.state === 'waiting') this.#loop.wake()
      const kept = recorded ? settlement : null
      reportEnd({ logger, meter, span, attempt, durationMs, settlement: kept })
    } catch (error) {
      span.end({}, 'internal')
      logger.error({ ...attempt.fields, fault: locateFault(error) }, 'task left to its lease')
    } finally {
      this.#leases.remove(claim.lease)
    }
  }

  /** A fault in announcing must not keep the task from being settled. */
  #followUp(ended: EndedAttempt): Pick<Settlement, 'followUp'> {
    try {
      const followUp = this.#options.announce?.(ended) ?? null
      return followUp === null ? {} : { followUp }
    } catch (error) {
      const fields = { taskId: ended.task.id, fault: locateFault(error) }
      this.#options.logger.error(fields, 'the end of a task could not be announced')
      return {}
    }
  }

  /** The slot is free again when this resolves: recording the end goes on beside the next task. */
  async #run(attempt: Attempt, program: RunningProgram): Promise<Settlement | null> {
    this.#running.add(attempt)
    this.#executors.acquire(program.instance)
    try {
      return await attempt.run()
    } finally {
      this.#running.delete(attempt)
      this.#executors.release(program.instance)
      this.#loop.slotFreed()
      if (this.#draining && this.#running.size === 0) {
        this.#options.logger.info({}, 'drained: nothing runs here any more')
      }
    }
  }

  #settle(lease: Claim['lease'], settlement: Settlement): Promise<boolean> {
    const { store, logger } = this.#options
    const signal = AbortSignal.any([this.#gaveUp.signal, this.#storeLost.signal])
    return settle({ store, lease, settlement, signal, logger })
  }
}
