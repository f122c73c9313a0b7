import type { EndOutcome, ExecutorInstance } from '../../contracts/executor.ts'
import type { PluginLogger } from '../../contracts/plugin.ts'
import { withTimeLimit } from '../../kit/time-limit.ts'
import { describeFault } from '../fault.ts'
import type { FollowedRun } from './followed-run.ts'

/** Limit of one call of the executor: an engine that hangs is asked again. */
const CALL_SECONDS = 60
const CANCEL_AGAIN_MS = 1000
const MAX_RETRY_MS = 60_000
/** After its time limit, an engine has this long to say that a run has ended. */
const END_SECONDS = 60

export interface EngineOptions {
  readonly program: string
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
      const outcomes = await limited(instance.follow?.(given, this.#signal()))
      for (const run of runs) run.looked(clock())
      if (this.#failures > 0) logger.info({ program }, 'an engine answers again')
      this.#failures = 0
      return outcomes ?? []
    } catch (error) {
      if (!this.#failed(error, runs.length)) return null
      const retryMs = Math.min(MAX_RETRY_MS, 1000 * 2 ** Math.min(this.#failures, 6))
      await this.#giveUpOrPostpone(runs, retryMs, describeFault(error).message)
      return null
    }
  }

  /** Asks it to end runs. */
  async cancel(instance: ExecutorInstance, runs: readonly FollowedRun[]): Promise<void> {
    try {
      const given = runs.map(({ run }) => run)
      await limited(instance.cancel?.(given, this.#signal()))
    } catch (error) {
      if (!this.#failed(error, runs.length)) return
    }
    await this.#giveUpOrPostpone(runs, CANCEL_AGAIN_MS, null)
  }

  async #giveUpOrPostpone(
    runs: readonly FollowedRun[],
    retryMs: number,
    fault: string | null,
  ): Promise<void> {
    const now = this.#options.clock()
    for (const run of runs) {
      if (run.isOverdue(now, END_SECONDS)) await run.giveUp(fault)
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

  #signal(): AbortSignal {
    return AbortSignal.any([this.#options.stopped, AbortSignal.timeout(CALL_SECONDS * 1000)])
  }
}

async function limited<Result>(call: Promise<Result> | undefined): Promise<Result | undefined> {
  return await withTimeLimit(call, CALL_SECONDS * 1000, () => {
    throw new Error(`no answer within ${CALL_SECONDS} s`)
  })
}
