import type { ProgramSettings, RunningProgram } from '../../contracts/config.ts'
import type { EndOutcome, HandedOverRun } from '../../contracts/executor.ts'
import type { Meter } from '../../contracts/meter.ts'
import type { HandedOverTask, Lease, Settlement, StoreInstance } from '../../contracts/store.ts'
import type { HandedOver, TaskRecord } from '../../contracts/task.ts'
import type { Tracer } from '../../contracts/tracer.ts'
import type { Redactor } from '../../redaction/redactor.ts'
import { type FollowUpOptions, withFollowUps } from '../follow-up.ts'
import { record, reportEnd } from '../record.ts'
import { RunLog } from '../run-log.ts'
import { type Ending, settlementOf } from '../settlement.ts'

type EndSettings = Pick<ProgramSettings, 'retry' | 'timeoutSeconds' | 'breaker'>

/** For a run whose program is gone. Nothing is tried again. */
const NO_PROGRAM: EndSettings = {
  timeoutSeconds: 0,
  retry: {
    attempts: 1,
    lostAttempts: 1,
    backoffSeconds: 0,
    maxBackoffSeconds: 0,
    exitCodes: null,
  },
  breaker: null,
}

export interface FollowTools extends FollowUpOptions {
  readonly store: FollowUpOptions['store'] &
    Pick<StoreInstance, 'handedOver' | 'task' | 'settle' | 'appendLog'>
  readonly redactor: Pick<Redactor, 'text' | 'stream'>
  readonly meter: Meter
  readonly tracer: Pick<Tracer, 'followed'>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
  /** Ends the tries to record an end. */
  readonly gaveUp: AbortSignal
}

/** One run at an outside engine, while this node follows it. */
export class FollowedRun {
  readonly lease: Lease
  /** As the executor sees it. */
  readonly run: HandedOverRun
  readonly #tools: FollowTools
  readonly #handedOver: HandedOver
  readonly #startedAt: number
  #settings: ProgramSettings | null = null
  #cancelRequested = false
  #nextLookAt = 0
  /** When it was first found to be over its time limit. */
  #overSince: number | null = null
  #isOver = false
  /** Only once the executor has written something. */
  #log: RunLog | null = null

  constructor(tools: FollowTools, { lease, handedOver, startedAt }: HandedOverTask) {
    this.#tools = tools
    this.lease = lease
    this.#handedOver = handedOver
    this.#startedAt = startedAt
    this.looked(Math.min(handedOver.at, tools.clock()))
    this.run = {
      taskId: lease.taskId,
      ref: handedOver.ref,
      handedOverAt: handedOver.at,
      write: (stream, chunk) => {
        if (!this.#isOver) this.#openLog().write(stream, chunk)
      },
    }
  }

  get ref(): string {
    return this.#handedOver.ref
  }

  /** Milliseconds since the epoch. */
  get nextLookAt(): number {
    return this.#nextLookAt
  }

  /** Whether the engine is to end it. */
  get isUnwanted(): boolean {
    return this.#cancelRequested || this.#isOverLimit(this.#tools.clock())
  }

  /** Whether this node has nothing more to do for it. */
  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Whether it has been over its time limit for so many seconds. They count from the first call: while no node followed
   * it, nobody could end it.
   */
  isOverdue(now: number, seconds: number): boolean {
    if (!this.#isOverLimit(now)) return false
    this.#overSince ??= now
    return now >= this.#overSince + seconds * 1000
  }

  /** Whether it is looked at when another one is. A little early, so that runs are asked about together. */
  isDue(now: number): boolean {
    return now >= this.#nextLookAt - this.#handedOver.pollSeconds * 500
  }

  /** Takes over what is stored by now, and the settings of today. */
  update({ cancelRequested }: HandedOverTask, settings: ProgramSettings): void {
    if (cancelRequested) this.cancel()
    this.#settings = settings
  }

  /** The engine is to end it. */
  cancel(): void {
    if (!this.#cancelRequested) this.#nextLookAt = 0
    this.#cancelRequested = true
  }

  /** The engine was asked, and the run goes on. */
  looked(now: number): void {
    this.#nextLookAt = now + this.#handedOver.pollSeconds * 1000
    if (!this.#isOverLimit(now)) this.#nextLookAt = Math.min(this.#nextLookAt, this.#limitAt)
  }

  postpone(at: number): void {
    this.#nextLookAt = at
  }

  /** Records its end. */
  async settle(outcome: EndOutcome, program: RunningProgram): Promise<void> {
    // What was handed over has begun, so it used its attempt up.
    const ended = outcome.status === 'failed' ? { ...outcome, notStarted: false } : outcome
    await this.#end({ kind: 'outcome', outcome: ended }, program.settings)
  }

  /** Settles a run of which nobody knows whether it has ended, after its time limit. */
  async giveUp(fault: string | null): Promise<void> {
    const note =
      fault === null
        ? 'its engine has not said that it ended'
        : `its engine could not be asked: ${this.#tools.redactor.text(fault)}`
    await this.#end({ kind: 'aborted', by: this.#endedBy, note }, this.#settings)
  }

  /** Settles a run that was cancelled and has no program any more: its engine cannot be told. */
  async cancelLeft(): Promise<void> {
    const note = 'its program is no longer in the config, so its engine was not told'
    await this.#end({ kind: 'aborted', by: 'cancelled', note }, NO_PROGRAM)
  }

  /** Another node, or nobody, follows it from now on. */
  async letGo(): Promise<void> {
    this.#isOver = true
    await this.#log?.end()
  }

  /** Why its engine is to end it, or was. */
  get #endedBy(): 'cancelled' | 'timeout' {
    return this.#cancelRequested ? 'cancelled' : 'timeout'
  }

  get #limitAt(): number {
    return this.#startedAt + (this.#settings?.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000
  }

  #isOverLimit(now: number): boolean {
    return now >= this.#limitAt
  }

  async #end(ending: Ending, settings: EndSettings | null): Promise<void> {
    if (settings === null || this.#isOver) return
    const { store, gaveUp, logger, clock } = this.#tools
    const { taskId } = this.lease
    await this.letGo()
    const durationMs = clock() - this.#startedAt
    const { breaker } = settings
    const output = this.#log?.lastOutput ?? ''
    const { isProbe } = this.#handedOver
    let ended: { readonly task: TaskRecord; readonly settlement: Settlement } | null = null
    const write = async () => {
      const task = await store.task(taskId)
      if (task === null) return false
      const settlement = this.#settlementOf(ending, task, settings)
      ended = { task, settlement }
      const all = { task, settlement, durationMs, output, isProbe, breaker }
      return await store.settle(this.lease, await withFollowUps(all, this.#tools))
    }
    const isRecorded = await record(write, { taskId, signal: gaveUp, logger })
    if (ended !== null) this.#report(ended, isRecorded, durationMs)
  }

  #settlementOf(ending: Ending, task: TaskRecord, settings: EndSettings): Settlement {
    const { redactor, clock, random } = this.#tools
    const { attempts: attempt, createdAt } = task
    const context = { attempt, createdAt, settings, redactor, random, now: clock() }
    const settlement = settlementOf(this.#asWanted(ending), context)
    if (settlement === null) throw new Error('a followed run has no lease to lose')
    return settlement
  }

  /** A run that failed because it was asked to end was cancelled, or reached its limit. */
  #asWanted(ending: Ending): Ending {
    const hasFailed = ending.kind === 'outcome' && ending.outcome.status === 'failed'
    return hasFailed && this.isUnwanted
      ? { kind: 'aborted', by: this.#endedBy, note: null }
      : ending
  }

  #report(
    { task, settlement: made }: { readonly task: TaskRecord; readonly settlement: Settlement },
    isRecorded: boolean,
    durationMs: number,
  ): void {
    const settlement = isRecorded ? made : null
    const { logger, meter, tracer } = this.#tools
    const { id: taskId, program, rule, attempts: attempt } = task
    const fields = { taskId, program, rule, attempt, ref: this.ref }
    const span = tracer.followed(task)
    const attemptEnded = { taskId, program, fields }
    reportEnd({ logger, meter, span, attempt: attemptEnded, durationMs, settlement })
  }

  #openLog(): RunLog {
    const { store, redactor, logger, clock } = this.#tools
    this.#log ??= new RunLog({
      ...{ store, redactor, logger, clock },
      taskId: this.lease.taskId,
      attempt: this.lease.fence,
      limitBytes: this.#settings?.outputLimitBytes ?? 0,
    })
    return this.#log
  }
}
