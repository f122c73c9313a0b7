import type { EndOutcome, ExecutorInstance, HandedOverRun } from '../../contracts/executor.ts'
import type { PluginLogger } from '../../contracts/plugin.ts'
import { untilAborted, withTimeLimit } from '../../kit/time-limit.ts'
import { describeFault } from '../fault.ts'
import type { OpenExecutors } from '../open-executors.ts'
import type { FollowedRun } from './followed-run.ts'

/** Limit of one call of the executor: an engine that hangs is asked again. */
const CALL_SECONDS = 60
const CANCEL_AGAIN_MS = 1000
const MAX_RETRY_MS = 60_000
/** Once a run is known to be over its time limit, its engine has this long to say that it has ended. */
const END_SECONDS = 60

export interface EngineOptions {
  readonly program: string
  /** Keeps an executor open that is asked. */
  readonly executors: Pick<OpenExecutors, 'acquire' | 'release'>
  readonly logger: PluginLogger
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Aborted when this node is to follow nothing any more. */
  readonly stopped: AbortSignal
}

/** What one program's engine is asked. An engine that fails is told of once, and asked less and less often. */
export class Engine {
  readonly #options: EngineOptions
  #failures = 0

  constructor(options: EngineOptions) {
    this.#options = options
  }

  /** An outcome for each run, null if it goes on. Null altogether: nothing is known just now. */
  async ask(
    instance: ExecutorInstance,
    runs: readonly FollowedRun[],
  ): Promise<readonly (EndOutcome | null)[] | null> {
    const { clock, program, logger } = this.#options
    try {
      const given = runs.map(({ run }) => run)
      const outcomes = await this.#call(instance, (signal) => follow(instance, given, signal))
      if (outcomes === null) return null
      for (const run of runs) run.looked(clock())
      if (this.#failures > 0) logger.info({ program }, 'an engine answers again')
      this.#failures = 0
      return outcomes
    } catch (error) {
      if (!this.#failed(error, runs.length)) return null
      const retryMs = Math.min(MAX_RETRY_MS, 1000 * 2 ** Math.min(this.#failures, 6))
      const isLeft = instance.follow === undefined
      await this.#giveUpOrPostpone(runs, { retryMs, isLeft, fault: describeFault(error).message })
      return null
    }
  }

  /** Asks it to end runs. */
  async cancel(instance: ExecutorInstance, runs: readonly FollowedRun[]): Promise<void> {
    try {
      const given = runs.map(({ run }) => run)
      await this.#call(instance, async (signal) => instance.cancel?.(given, signal))
    } catch (error) {
      if (!this.#failed(error, runs.length)) return
    }
    const retry = { retryMs: CANCEL_AGAIN_MS, isLeft: false, fault: null }
    await this.#giveUpOrPostpone(runs, retry)
  }

  async #giveUpOrPostpone(
    runs: readonly FollowedRun[],
    { retryMs, isLeft, fault }: Retry,
  ): Promise<void> {
    const now = this.#options.clock()
    for (const run of runs) {
      const isOver = isLeft ? run.isUnwanted : run.isOverdue(now, END_SECONDS)
      if (isOver) await run.giveUp(fault)
      else run.postpone(now + retryMs)
    }
  }

  /** False: it failed because this node stops. */
  #failed(error: unknown, runs: number): boolean {
    const { stopped, logger, program } = this.#options
    if (stopped.aborted) return false
    this.#failures++
    const fields = { program, runs, fault: describeFault(error) }
    const message = 'an engine cannot be asked about the runs that it was given'
    if (this.#failures === 1) logger.error(fields, message)
    return true
  }

  /** Null: this node stops. */
  async #call<Result>(
    instance: ExecutorInstance,
    ask: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result | null> {
    const { stopped, executors } = this.#options
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(CALL_SECONDS * 1000)])
    executors.acquire(instance)
    try {
      const answer = withTimeLimit(ask(signal), CALL_SECONDS * 1000, () => {
        throw new Error(`no answer within ${CALL_SECONDS} s`)
      })
      return await untilAborted(answer, stopped)
    } finally {
      executors.release(instance)
    }
  }
}

interface Retry {
  readonly retryMs: number
  /** Nobody can end or follow the runs any more. */
  readonly isLeft: boolean
  readonly fault: string | null
}

async function follow(
  instance: ExecutorInstance,
  runs: readonly HandedOverRun[],
  signal: AbortSignal,
): Promise<readonly (EndOutcome | null)[]> {
  if (instance.follow === undefined) throw new Error('its program has another executor by now')
  const outcomes = await instance.follow(runs, signal)
  if (Array.isArray(outcomes) && outcomes.length === runs.length) return outcomes
  const given = Array.isArray(outcomes) ? `${outcomes.length} outcomes` : 'no list of outcomes'
  throw new Error(`\`follow\` gave ${given} for ${runs.length} runs`)
}
