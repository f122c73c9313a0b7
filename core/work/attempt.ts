import type { RunningProgram } from '../contracts/config.ts'
import type { ProgramRun, StopReason } from '../contracts/executor.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Claim, Settlement } from '../contracts/store.ts'
import { isHooklineError } from '../kit/errors.ts'
import type { Redactor } from '../kit/redact.ts'
import { locateFault } from './fault.ts'
import { buildProgramInput, type ProgramInput } from './program-input.ts'
import type { RunLog } from './run-log.ts'
import { type Ending, settleCancelled, settleDead, settlementOf } from './settlement.ts'

const MAX_TIMER_MS = 2 ** 31 - 1

export interface AttemptOptions {
  readonly claim: Claim
  readonly program: RunningProgram
  readonly log: RunLog
  /** Given to the program as `TRACEPARENT`; null: none. */
  readonly traceparent: string | null
  readonly logger: PluginLogger
  readonly redactor: Pick<Redactor, 'text'>
  readonly clock: () => number
  readonly random: () => number
  /** How long a run may take to end after it was told to. */
  readonly killAfterSeconds: number
}

/** One run of one task. */
export class Attempt {
  readonly startedAt: number
  readonly #options: AttemptOptions
  readonly #controller = new AbortController()

  constructor(options: AttemptOptions) {
    this.#options = options
    this.startedAt = options.clock()
  }

  get taskId(): string {
    return this.#options.claim.task.id
  }

  get program(): string {
    return this.#options.program.name
  }

  /** Fields of every log line about this attempt. */
  get fields() {
    const { id: taskId, program, rule, attempts: attempt } = this.#options.claim.task
    return { taskId, program, rule, attempt }
  }

  /** Tells the program to end. The first reason counts. */
  stop(reason: StopReason): void {
    if (!this.#controller.signal.aborted) this.#controller.abort(reason)
  }

  /** Never throws; null where the lease is lost. */
  async run(): Promise<Settlement | null> {
    const { claim, program, clock, random, redactor, traceparent } = this.#options
    const { task } = claim
    const { attempts } = program.settings.retry
    if (task.cancelRequested) return settleCancelled('cancelled before it was run again')
    if (task.attempts > attempts) {
      return settleDead(
        `all ${attempts} attempts are used up: the node was lost while running it, or the limit was lowered`,
      )
    }
    let input: ProgramInput
    try {
      input = buildProgramInput(claim, { ...program.settings, traceparent })
    } catch (error) {
      if (isHooklineError(error)) return settleDead(`${error.code}: ${error.message}`)
      this.#options.logger.error(
        { ...this.fields, fault: locateFault(error) },
        'the input of a program could not be built',
      )
      return settleDead('internal: the input of the program could not be built')
    }
    this.#options.logger.info(this.fields, 'task started')
    const ending = await this.#execute(input)
    const context = { attempt: task.attempts, settings: program.settings, redactor, random }
    return settlementOf(ending, { ...context, now: clock() })
  }

  async #execute(input: ProgramInput): Promise<Ending> {
    const { settings } = this.#options.program
    const limitMs = Math.min(settings.timeoutSeconds * 1000, MAX_TIMER_MS)
    const timer = setTimeout(() => this.stop('timeout'), limitMs)
    const deadline = this.#afterStop()
    try {
      return await Promise.race([this.#call(input), deadline.reached])
    } finally {
      clearTimeout(timer)
      deadline.clear()
    }
  }

  async #call(input: ProgramInput): Promise<Ending> {
    const { signal } = this.#controller
    const { claim, program, log, logger } = this.#options
    const run: ProgramRun = {
      taskId: claim.task.id,
      attempt: claim.task.attempts,
      rule: claim.task.rule,
      program: program.name,
      ...input,
      signal,
      write: (stream, chunk) => log.write(stream, chunk),
    }
    try {
      const outcome = await program.instance.run(run)
      return signal.aborted ? this.#aborted(true) : { kind: 'outcome', outcome }
    } catch (error) {
      if (signal.aborted) return this.#aborted(true)
      logger.error({ ...this.fields, fault: locateFault(error) }, 'an executor threw')
      return { kind: 'threw', error }
    }
  }

  #aborted(stopped: boolean): Ending {
    return { kind: 'aborted', by: this.#controller.signal.reason as StopReason, stopped }
  }

  /** Reached where a run goes on too long after it was told to stop. */
  #afterStop(): { readonly reached: Promise<Ending>; clear(): void } {
    const { promise, resolve } = Promise.withResolvers<Ending>()
    const { killAfterSeconds, logger } = this.#options
    let timer: NodeJS.Timeout | undefined
    const giveUp = () => {
      logger.error(
        { ...this.fields, killAfterSeconds },
        'a program did not stop when it was told to; it may still run',
      )
      resolve(this.#aborted(false))
    }
    const wait = () => {
      timer = setTimeout(giveUp, killAfterSeconds * 1000)
    }
    const { signal } = this.#controller
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true })
    return {
      reached: promise,
      clear: () => {
        signal.removeEventListener('abort', wait)
        clearTimeout(timer)
      },
    }
  }
}
