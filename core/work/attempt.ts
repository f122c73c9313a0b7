import type { RunningProgram } from '../contracts/config.ts'
import type { ProgramRun, StopReason } from '../contracts/executor.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Claim, Settlement } from '../contracts/store.ts'
import { isHooklineError } from '../errors/errors.ts'
import { withTimeLimit } from '../kit/time-limit.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { locateFault } from './fault.ts'
import {
  type BuiltInput,
  buildProgramInput,
  noteOfLeftOut,
  type ProgramInput,
} from './program-input.ts'
import type { RunLog } from './run-log.ts'
import { cancelledSettlement, deadSettlement, type Ending, settlementOf } from './settlement.ts'

const MAX_TIMER_MS = 2 ** 31 - 1
/** Lost attempts after which a node runs nothing beside the task, so that the program that ends nodes is found. */
const LOST_BEFORE_ALONE = 2

export interface AttemptOptions {
  readonly claim: Claim
  readonly program: RunningProgram
  readonly log: RunLog
  /** Given to the program as `TRACEPARENT`; null if not traced. */
  readonly traceparent: string | null
  readonly logger: PluginLogger
  readonly redactor: Pick<Redactor, 'text'>
  readonly clock: () => number
  readonly random: () => number
  /** How long a run may take to end after it was told to stop. */
  readonly killAfterSeconds: number
}

/** One run of one task. */
export class Attempt {
  readonly #options: AttemptOptions
  readonly #controller = new AbortController()
  readonly #stopped = Promise.withResolvers<null>()
  #startedAt: number

  constructor(options: AttemptOptions) {
    this.#options = options
    this.#startedAt = options.clock()
  }

  /** When the program was started; before that, when the task was claimed. */
  get startedAt(): number {
    return this.#startedAt
  }

  get taskId(): string {
    return this.#options.claim.task.id
  }

  get program(): string {
    return this.#options.program.name
  }

  /** The fields of every log line about this attempt. */
  get fields() {
    const { id: taskId, program, rule, attempts: attempt, lostAttempts } = this.#options.claim.task
    return { taskId, program, rule, attempt, ...(lostAttempts === 0 ? {} : { lostAttempts }) }
  }

  /** Whether an earlier attempt was lost: the program may be one that ends its node. */
  get isSuspect(): boolean {
    return this.#options.claim.task.lostAttempts > 0
  }

  /** Whether nothing else may run beside it on this node. */
  get isAlone(): boolean {
    const { claim, program } = this.#options
    const { lostAttempts: lost } = claim.task
    return lost >= LOST_BEFORE_ALONE && lost < program.settings.retry.lostAttempts
  }

  get isStopped(): boolean {
    return this.#controller.signal.aborted
  }

  /** Resolves once the program was told to stop. */
  get stopped(): Promise<null> {
    return this.#stopped.promise
  }

  /** Tells the program to stop. Only the first reason counts. */
  stop(reason: StopReason): void {
    if (this.isStopped) return
    this.#controller.abort(reason)
    this.#stopped.resolve(null)
  }

  /** What becomes of the task; null if the lease is lost. Never throws. */
  async run(): Promise<Settlement | null> {
    const { claim, program, clock, random, redactor, traceparent } = this.#options
    const { task } = claim
    const { attempts, lostAttempts } = program.settings.retry
    const context = {
      attempt: task.attempts,
      createdAt: task.createdAt,
      settings: program.settings,
      redactor,
      now: clock(),
      random,
    }
    if (this.isStopped) return settlementOf(this.#aborted(true), context)
    if (task.cancelRequested) return cancelledSettlement('cancelled before it was run again')
    if (task.attempts > attempts) {
      return deadSettlement(`all ${attempts} attempts are used up: the limit was lowered`)
    }
    if (task.lostAttempts >= lostAttempts) return deadSettlement(lostReason(task.lostAttempts))
    let built: BuiltInput
    try {
      built = buildProgramInput(claim, program.settings, traceparent)
    } catch (error) {
      if (isHooklineError(error)) return deadSettlement(`${error.code}: ${error.message}`)
      this.#options.logger.error(
        { ...this.fields, fault: locateFault(error) },
        'the input of a program could not be built',
      )
      return deadSettlement('internal: the input of the program could not be built')
    }
    this.#startedAt = clock()
    this.#options.logger.info(this.fields, 'task started')
    const note = noteOfLeftOut(built.leftOut)
    if (note !== null) {
      this.#options.log.write('stderr', Buffer.from(note))
      const fields = { ...this.fields, note: note.trimEnd() }
      this.#options.logger.warn(fields, 'a program does not get all variables')
    }
    const ending = await this.#execute(built.input)
    return settlementOf(ending, { ...context, now: clock() })
  }

  /** Gives up waiting for a program that does not end within `killAfterSeconds` after it was told to stop. */
  async #execute(input: ProgramInput): Promise<Ending> {
    const { program, killAfterSeconds, logger } = this.#options
    const limitMs = Math.min(program.settings.timeoutSeconds * 1000, MAX_TIMER_MS)
    const timer = setTimeout(() => this.stop('timeout'), limitMs)
    const run = this.#call(input)
    try {
      const ending = await Promise.race([run, this.stopped])
      if (ending !== null) return ending
      return await withTimeLimit(run, killAfterSeconds * 1000, () => {
        const message = 'a program did not stop when it was told to; it may still run'
        logger.error({ ...this.fields, killAfterSeconds }, message)
        return this.#aborted(false)
      })
    } finally {
      clearTimeout(timer)
    }
  }

  async #call(input: ProgramInput): Promise<Ending> {
    const { signal } = this.#controller
    const { claim, program, log, logger } = this.#options
    const run: ProgramRun = {
      taskId: claim.task.id,
      attempt: claim.task.attempts + claim.task.lostAttempts,
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
}

function lostReason(lost: number): string {
  const ended = 'its node ended, or could not reach the store, while it ran'
  if (lost === 1) return `lost once: ${ended}`
  const alone = lost - LOST_BEFORE_ALONE
  const times = alone === 1 ? 'time' : `${alone} times`
  const addition = alone > 0 ? `; the last ${times}, nothing else ran on that node` : ''
  return `lost ${lost} times: ${ended}${addition}`
}
