import {
  BrokerConnections,
  type EndOutcome,
  type ExecutorInstance,
  engineFault,
  type HandedOverRun,
  HooklineError,
  handOver,
  isHooklineError,
  outcomeOfFault,
  outcomeOfStop,
  type PluginContext,
} from '../../../core/sdk/executor.ts'
import { nameOf } from './faults.ts'
import type { TemporalOptions } from './options.ts'
import { TemporalSession, type WorkflowLook } from './session.ts'
import { compileWorkflow, type NewWorkflow } from './workflow.ts'

/** Requests at once. */
const PARALLEL = 50
const MAX_KNOWN = 100_000

/** Creates the executor of a program. Throws `option_invalid`. */
export function createTemporal(
  options: TemporalOptions,
  { clock }: Pick<PluginContext, 'clock'>,
): ExecutorInstance {
  const { confirmSeconds, pollSeconds, terminateAfterSeconds } = options
  const name = nameOf(options)
  const makeWorkflow = compileWorkflow(options)
  const workflows = new FollowedWorkflows(options.namespace)
  const connections = new BrokerConnections<TemporalSession>({
    name,
    open: () => TemporalSession.open(options),
    isOpen: (session) => session.isOpen,
    close: (session) => session.close(),
  })
  /**
   * The answers, undefined where a call failed: a limit on requests must not hold up all others. Throws if the first calls fail,
   * and leaves the rest out if later ones do.
   */
  const forAll = async <Answer>(
    runs: readonly HandedOverRun[],
    work: (session: TemporalSession, run: HandedOverRun) => Promise<Answer>,
  ): Promise<readonly (Answer | undefined)[]> => {
    const answers: (Answer | undefined)[] = []
    try {
      for (let start = 0; start < runs.length; start += PARALLEL) {
        const session = await connections.get()
        const calls = runs.slice(start, start + PARALLEL).map((run) => work(session, run))
        const settled = await Promise.allSettled(calls)
        const failed = settled.find(({ status }) => status === 'rejected')
        const isAnswered = settled.some(({ status }) => status === 'fulfilled')
        if (!isAnswered && start > 0) break
        if (!isAnswered && failed?.status === 'rejected') throw failed.reason
        answers.push(...settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined)))
      }
      return answers
    } catch (error) {
      throw engineFault(name, error)
    }
  }
  return {
    run: async (run) => {
      if (run.signal.aborted) return outcomeOfStop(run.signal)
      let workflow: NewWorkflow
      try {
        workflow = makeWorkflow(run)
      } catch (error) {
        if (isHooklineError(error)) return outcomeOfFault(error, false)
        throw error
      }
      return handOver(run, {
        ...{ connections, name, confirmSeconds, pollSeconds, ref: workflow.id },
        give: async (session, signal) => {
          await session.start(workflow, signal)
          workflows.isThere(workflow.id)
        },
      })
    },
    follow: async (runs, signal) => {
      const looks = await forAll(runs, (session, run) => session.look(run, signal))
      return runs.map(({ ref }, index) => workflows.outcomeOf(ref, looks[index]))
    },
    cancel: async (runs, signal) => {
      await forAll(runs, async (session, { ref }) => {
        const since = workflows.cancelledAt(ref)
        if (since === null) await session.end(ref, false, signal)
        else if (clock() - since >= terminateAfterSeconds * 1000)
          await session.end(ref, true, signal)
        workflows.cancelled(ref, clock())
      })
    },
    close: () => connections.close(),
  }
}

interface Known {
  /** Whether Temporal has, or had, it. */
  isThere: boolean
  isMissing: boolean
  /** When it was first asked to end, in milliseconds since the epoch. */
  cancelledAt: number | null
}

/** What is known of the workflows of one program that have not ended. */
class FollowedWorkflows {
  readonly #namespace: string
  readonly #known = new Map<string, Known>()

  constructor(namespace: string) {
    this.#namespace = namespace
  }

  isThere(id: string): void {
    this.#of(id).isThere = true
  }

  cancelledAt(id: string): number | null {
    return this.#of(id).cancelledAt
  }

  cancelled(id: string, at: number): void {
    this.#of(id).cancelledAt ??= at
  }

  /**
   * The outcome; null if it has not ended. A workflow that nobody has seen counts as gone when it is missing for the second
   * time: a request that was cut off may still be on its way the first time.
   */
  outcomeOf(id: string, look: WorkflowLook | undefined): EndOutcome | null {
    if (look === undefined) return null
    const known = this.#of(id)
    if (look === null) {
      known.isThere = true
      return null
    }
    if (look === 'missing' && !known.isThere && !known.isMissing) {
      known.isMissing = true
      return null
    }
    this.#known.delete(id)
    if (look !== 'missing') return look
    const why = `The namespace ${JSON.stringify(this.#namespace)} has no workflow ${id} any more.`
    const remedy =
      'The task is tried again. Find out who deleted it, or make the retention of the namespace longer.'
    return outcomeOfFault(new HooklineError('run_forgotten', why, { remedy }), true)
  }

  #of(id: string): Known {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= MAX_KNOWN) this.#known.delete(oldest)
    const made: Known = { isThere: false, isMissing: false, cancelledAt: null }
    this.#known.set(id, made)
    return made
  }
}
