import type { RunningProgram } from '../contracts/config.ts'
import type { EventRequest } from '../contracts/event.ts'
import type { HandedOverOutcome, LogStream, ProgramRun, StopReason } from '../contracts/executor.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Claim, Settlement } from '../contracts/store.ts'
import type { HandedOver } from '../contracts/task.ts'
import { isHooklineError } from '../errors/errors.ts'
import { withTimeLimit } from '../kit/time-limit.ts'
import type { ChangesVerdict } from '../matching/judge-changes.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { locateFault } from './fault.ts'
import {
  type BuiltInput,
  buildProgramInput,
  noteOfLeftOut,
  type ProgramInput,
} from './program-input.ts'
import type { RunLog } from './run-log.ts'
import {
  cancelledSettlement,
  deadSettlement,
  type Ending,
  missingSettlement,
  NOT_CHANGED,
  settlementOf,
  unjudgedSettlement,
} from './settlement.ts'

const MAX_TIMER_MS = 2 ** 31 - 1
const POLL_SECONDS = 5
const MAX_POLL_SECONDS = 3600
const MAX_REF_LENGTH = 1000
/** Lost attempts after which a node runs nothing beside the task, so that the program that ends nodes is found. */
const LOST_BEFORE_ALONE = 2

export interface AttemptOptions {
  readonly claim: Claim
  readonly program: RunningProgram
  /** Why it cannot be run by the config in force; null: it can. */
  readonly missing: string | null
  /** Reads that of the `ProgramRun`. */
  readonly idempotencyKey: () => Promise<string>
  /** Reads the request that brought the event; null: it was deleted. Called if the program names it. */
  readonly request: () => Promise<EventRequest | null>
  /** Makes the link that approves the task of the event; null: there is none. Called if the program names it. */
  readonly approvalLink: () => Promise<string | null>
  /** Judges a condition that could not be judged when the task was made. */
  readonly judge: (signal: AbortSignal) => Promise<ChangesVerdict>
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

type RunEnd = Ending | { readonly kind: 'handed-over'; readonly handedOver: HandedOver }

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

  /**
   * What becomes of the task, or where its attempt goes on; null if the lease is lost. Throws what the
   * store throws.
   */
  async run(): Promise<Settlement | HandedOver | null> {
    const { claim, program, missing, clock, traceparent } = this.#options
    const { task } = claim
    const { attempts, lostAttempts } = program.settings.retry
    if (this.isStopped) return this.#settled(this.#aborted())
    if (task.cancelRequested) return cancelledSettlement('cancelled before it was run again')
    if (missing !== null) {
      const since = Math.max(task.createdAt, task.approval?.at ?? 0)
      return missingSettlement(clock(), missing, since)
    }
    if (task.attempts > attempts) {
      return deadSettlement(`all ${attempts} attempts are used up: the limit was lowered`)
    }
    if (task.lostAttempts >= lostAttempts) return deadSettlement(lostReason(task.lostAttempts))
    const unjudged = await this.#unjudged()
    if (unjudged !== null) return unjudged
    const { readsRequest, readsApprovalLink } = program.settings
    const request = readsRequest ? await this.#options.request() : null
    const approvalLink = readsApprovalLink ? await this.#options.approvalLink() : null
    let built: BuiltInput
    try {
      built = buildProgramInput(claim, program.settings, { traceparent, request, approvalLink })
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
    const idempotencyKey = await this.#options.idempotencyKey()
    const ending = await this.#execute(built.input, idempotencyKey)
    return ending.kind === 'handed-over' ? ending.handedOver : this.#settled(ending)
  }

  /** What becomes of the task now that a run has ended. */
  #settled(ending: Ending): Settlement | null {
    const { claim, program, redactor, clock, random } = this.#options
    const { attempts: attempt, createdAt } = claim.task
    const { settings } = program
    return settlementOf(ending, { attempt, createdAt, settings, redactor, now: clock(), random })
  }

  /** What becomes of a task whose condition turns out to be false, or cannot be judged yet; null: it runs. */
  async #unjudged(): Promise<Settlement | null> {
    const { judge, clock, redactor } = this.#options
    try {
      const verdict = await judge(this.#controller.signal)
      if (verdict.kind === 'run') return null
      if (verdict.kind === 'skip') return cancelledSettlement(NOT_CHANGED)
      return unjudgedSettlement(clock(), redactor.text(verdict.why), verdict.waitMs)
    } catch (error) {
      if (!this.isStopped) throw error
      return this.#settled(this.#aborted())
    }
  }

  /** Gives up waiting for a program that does not end within `killAfterSeconds` after it was told to stop. */
  async #execute(input: ProgramInput, idempotencyKey: string): Promise<RunEnd> {
    const { program, killAfterSeconds, logger } = this.#options
    const limitMs = Math.min(program.settings.timeoutSeconds * 1000, MAX_TIMER_MS)
    const timer = setTimeout(() => this.stop('timeout'), limitMs)
    const run = this.#call(input, idempotencyKey)
    try {
      const ending = await Promise.race([run, this.stopped])
      if (ending !== null) return ending
      return await withTimeLimit(run, killAfterSeconds * 1000, () => {
        const message = 'a program did not stop when it was told to; it may still run'
        logger.error({ ...this.fields, killAfterSeconds }, message)
        return this.#aborted('the program did not stop')
      })
    } finally {
      clearTimeout(timer)
    }
  }

  async #call(input: ProgramInput, idempotencyKey: string): Promise<RunEnd> {
    const { signal } = this.#controller
    const { claim, program, log, logger } = this.#options
    // A copy would have the text of the input.
    const run: ProgramRun = Object.assign(input, {
      taskId: claim.task.id,
      attempt: claim.task.attempts + claim.task.lostAttempts,
      idempotencyKey,
      timeoutSeconds: program.settings.timeoutSeconds,
      rule: claim.task.rule,
      program: program.name,
      signal,
      write: (stream: LogStream, chunk: Uint8Array) => log.write(stream, chunk),
    })
    try {
      const outcome = await program.instance.run(run)
      // What runs at an engine must be followed there, whoever wanted it to end here.
      const isLost = signal.reason === 'lease_lost'
      if (outcome?.status === 'handed-over') {
        return isLost ? this.#aborted() : this.#handedOver(outcome)
      }
      return signal.aborted ? this.#aborted() : { kind: 'outcome', outcome }
    } catch (error) {
      if (signal.aborted) return this.#aborted()
      logger.error({ ...this.fields, fault: locateFault(error) }, 'an executor threw')
      return { kind: 'threw', error }
    }
  }

  #handedOver({ ref, pollSeconds = POLL_SECONDS }: HandedOverOutcome): RunEnd {
    const { claim, program, clock } = this.#options
    const { follow, cancel } = program.instance
    const isFollowed = follow !== undefined && cancel !== undefined
    if (!isFollowed || typeof ref !== 'string' || ref === '' || ref.length > MAX_REF_LENGTH) {
      const reason = isFollowed
        ? `The executor handed the run over without a reference of 1 to ${MAX_REF_LENGTH} characters.`
        : 'The executor handed the run over, but it has no `follow` and `cancel`.'
      return { kind: 'outcome', outcome: { status: 'failed', reason, retryable: false } }
    }
    const handedOver = {
      ref,
      at: clock(),
      pollSeconds: Math.min(MAX_POLL_SECONDS, Math.max(1, Number(pollSeconds) || POLL_SECONDS)),
      ...(claim.isProbe && { isProbe: true as const }),
    }
    return { kind: 'handed-over', handedOver }
  }

  #aborted(note: string | null = null): Ending {
    return { kind: 'aborted', by: this.#controller.signal.reason as StopReason, note }
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
