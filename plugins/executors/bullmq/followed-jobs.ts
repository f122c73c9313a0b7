import {
  type EndOutcome,
  type HandedOverRun,
  HooklineError,
  outcomeOfFault,
  parseExact,
} from '../../../core/sdk/executor.ts'
import type { JobEnd, JobLook } from './session.ts'

interface Known {
  /** Lines of its log that were written. */
  lines: number
  /** Whether Redis has, or had, the job. */
  isThere: boolean
  /** Whether Redis did not have it when it was last asked. */
  isMissing: boolean
  /** Whether it was said that it cannot be ended. */
  isTold: boolean
}

const MAX_KNOWN = 100_000
/** What BullMQ's stalled check says. https://docs.bullmq.io/guide/workers/stalled-jobs */
const STALLED = /^job stalled more than allowable limit/
/** https://docs.bullmq.io/patterns/stop-retrying-jobs */
const UNRECOVERABLE = /^UnrecoverableError\b/

/** What is known of the jobs of one program that have not ended. */
export class FollowedJobs {
  readonly #queue: string
  readonly #known = new Map<string, Known>()

  constructor(queue: string) {
    this.#queue = queue
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  /** Redis has confirmed that it has the job, or it was asked to add it. */
  added(id: string, isThere: boolean): void {
    this.#of(id).isThere ||= isThere
  }

  /** How many lines of its log were written. */
  linesOf(id: string): number {
    return this.#of(id).lines
  }

  /** The outcome of a job; null if it has not ended. Writes what was added to its log. */
  look(run: HandedOverRun, look: JobLook | undefined): EndOutcome | null {
    if (look === undefined) return null
    const { state, lines, end } = look
    const known = this.#of(run.ref)
    for (const line of lines) run.write('stdout', Buffer.from(`${line}\n`))
    known.lines += lines.length
    if (state === 'missing') return this.#missing(run.ref, known)
    known.isThere = true
    if (end === null) return null
    this.#known.delete(run.ref)
    for (const trace of end.stacktrace) run.write('stderr', Buffer.from(`${trace.trimEnd()}\n`))
    return outcomeOf(end)
  }

  /** Says once that a worker is at the job, so that it cannot be ended. */
  tellActive(run: HandedOverRun): void {
    const known = this.#of(run.ref)
    if (known.isTold) return
    known.isTold = true
    const text =
      'bullmq: a worker is at the job, and BullMQ cannot stop it: its end is waited for\n'
    run.write('stderr', Buffer.from(text))
  }

  /**
   * A job that nobody has seen counts as gone when it is missing for the second time: the first time, what a connection
   * that has ended had sent may not have been read by Redis yet.
   */
  #missing(id: string, known: Known): EndOutcome | null {
    if (!known.isThere && !known.isMissing) {
      known.isMissing = true
      return null
    }
    this.#known.delete(id)
    const why = `The queue ${JSON.stringify(this.#queue)} does not have the job ${id} any more.`
    const remedy =
      'The task is tried again. Find out who removed it: a person, Redis when it lost data, or a `removeOnComplete` or ' +
      '`removeOnFail` of other jobs of this queue.'
    return outcomeOfFault(new HooklineError('run_forgotten', why, { remedy }), true)
  }

  #of(id: string): Known {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= MAX_KNOWN) this.#known.delete(oldest)
    const made: Known = { lines: 0, isThere: false, isMissing: false, isTold: false }
    this.#known.set(id, made)
    return made
  }
}

function outcomeOf({ failedReason, returnvalue, stacktrace }: JobEnd): EndOutcome {
  if (failedReason === null) return { status: 'succeeded', result: readJson(returnvalue) }
  if (STALLED.test(failedReason)) {
    const why = `The worker of the job has died, or was blocked for too long: ${failedReason}.`
    return outcomeOfFault(new HooklineError('run_lost', why), true)
  }
  const isFinal = stacktrace.some((trace) => UNRECOVERABLE.test(trace))
  const reason = failedReason === '' ? 'the job failed without a reason' : failedReason
  return { status: 'failed', reason, ...(isFinal && { retryable: false }) }
}

/** The value of JSON text, with every digit of its numbers. */
function readJson(json: string): unknown {
  try {
    return parseExact(json)
  } catch {
    return json
  }
}
