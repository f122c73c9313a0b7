import {
  type EndOutcome,
  type HandedOverRun,
  HooklineError,
  outcomeOfFault,
} from '../../../core/sdk/executor.ts'
import type { CeleryOptions } from './options.ts'

/** What the helper's `states` says of a task. */
export interface TaskState {
  /** https://docs.celeryq.dev/en/stable/userguide/tasks.html#built-in-states */
  readonly state: string
  readonly final: boolean
  readonly worker?: string
  readonly result?: unknown
  /** Characters of a result that is too long to be kept. */
  readonly tooLong?: number
  readonly error?: { readonly type: string; readonly message: string }
  readonly traceback?: string | null
  /** Whether the broker knows the task. Undefined: this broker cannot tell. */
  readonly marker?: boolean
}

interface Known {
  readonly shown: string
  /** When this was first seen, in milliseconds since the epoch. */
  readonly at: number
  /** Whether the broker did not know the task at the last look. */
  wasMissing: boolean
}

const NOTHING: TaskState = { state: 'PENDING', final: false }
const MAX_KNOWN = 100_000

/** What is known of the tasks of one program. */
export class FollowedTasks {
  readonly #options: Pick<CeleryOptions, 'task' | 'lostSeconds'>
  readonly #clock: () => number
  readonly #known = new Map<string, Known>()

  constructor(options: Pick<CeleryOptions, 'task' | 'lostSeconds'>, clock: () => number) {
    this.#options = options
    this.#clock = clock
  }

  /** Whether a task was looked at, and has not ended. */
  has(ref: string): boolean {
    return this.#known.has(ref)
  }

  /** The outcome of a task; null if it has not ended. Writes what has changed to its log. */
  look(run: HandedOverRun, state: TaskState = NOTHING): EndOutcome | null {
    const known = this.#update(run, state)
    const outcome = state.final ? this.#outcomeOf(state) : this.#outcomeOfSilence(state, known)
    if (outcome !== null) this.#known.delete(run.ref)
    else known.wasMissing = state.marker === false
    return outcome
  }

  #update(run: HandedOverRun, state: TaskState): Known {
    const shown = describe(state)
    const before = this.#known.get(run.ref)
    if (before?.shown === shown) return before
    if (state.state !== 'PENDING') run.write('stderr', Buffer.from(`celery: ${shown}\n`))
    if (state.traceback) run.write('stderr', Buffer.from(`${state.traceback.trimEnd()}\n`))
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    const known = { shown, at: this.#clock(), wasMissing: false }
    this.#known.set(run.ref, known)
    return known
  }

  #outcomeOf({ state, result, tooLong, error }: TaskState): EndOutcome {
    if (state === 'SUCCESS') {
      return { status: 'succeeded', ...(tooLong === undefined && { result }) }
    }
    const { type = '', message = '' } = error ?? {}
    if (state === 'REVOKED') {
      const why = message === '' ? '' : ` (${message})`
      return fail('run_revoked', `Celery has revoked the task${why}.`)
    }
    if (type === 'NotRegistered') {
      const name = JSON.stringify(this.#options.task)
      return fail('task_not_registered', `The worker that took it knows no task ${name}.`)
    }
    return { status: 'failed', reason: [type, message].filter(Boolean).join(': ') || 'FAILURE' }
  }

  #outcomeOfSilence({ state, marker }: TaskState, { at, wasMissing }: Known): EndOutcome | null {
    const { lostSeconds } = this.#options
    if (state === 'PENDING') {
      // At the second look: what a connection that was lost had sent may be read after the first.
      if (marker !== false || !wasMissing) return null
      const why = 'Neither the broker nor the result backend knows the task any more.'
      return fail('run_forgotten', why, true)
    }
    // A task in RETRY waits for its turn; no worker is at it.
    if (state === 'RETRY' || lostSeconds === undefined) return null
    if (this.#clock() - at < lostSeconds * 1000) return null
    const why = `The task has been ${state} for ${lostSeconds} s, and nothing was heard of it since.`
    return fail('run_lost', why, true)
  }
}

/** Whether a task that has failed may still run. */
export function isLost(outcome: EndOutcome | null | undefined): boolean {
  return outcome?.status === 'failed' && outcome.reason.startsWith('run_lost:')
}

function describe({ state, worker, error, tooLong }: TaskState): string {
  const by = worker === undefined ? '' : ` by ${worker}`
  const what =
    error === undefined ? '' : `: ${[error.type, error.message].filter(Boolean).join(': ')}`
  const note = tooLong === undefined ? '' : `; its result of ${tooLong} characters is not kept`
  return `${state}${by}${what}${note}`
}

function fail(
  code: 'run_forgotten' | 'run_lost' | 'run_revoked' | 'task_not_registered',
  message: string,
  retryable?: boolean,
): EndOutcome {
  return outcomeOfFault(new HooklineError(code, message), retryable)
}
