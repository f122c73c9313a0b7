import { setTimeout as sleep } from 'node:timers/promises'
import {
  type EndOutcome,
  type ExecutorInstance,
  type HandedOverRun,
  type HelperUse,
  HooklineError,
  interpreterPath,
  isHooklineError,
  type Outcome,
  outcomeOfFault,
  outcomeOfStop,
  type PluginContext,
  type ProgramRun,
  untilAborted,
  withTimeLimit,
} from '../../../core/sdk/executor.ts'
import { errorOf, type Fault } from './faults.ts'
import { FollowedTasks, isLost, type TaskState } from './follow.ts'
import { type CeleryHelper, type HelperAnswer, OpenFault, useHelper } from './helper.ts'
import { compileTask } from './message.ts'
import type { CeleryOptions } from './options.ts'
import { type Servers, sendsOnce, serversOf } from './servers.ts'

const POLL_SECONDS = 5
/** Where the backend does not tell of ends. */
const POLL_SECONDS_UNTOLD = 2
/** Longer than the limits of the helper's own connections. */
const ANSWER_SECONDS = 120
/** How long a run that was stopped waits for what became of its message. */
const STOP_SECONDS = 5
const REWATCH_MS = 1000
const BATCH = 100

/** Creates the executor of a program. Throws `option_invalid`. */
export function createCelery(
  options: CeleryOptions,
  { baseDir, clock, name, logger }: PluginContext,
): ExecutorInstance {
  const servers = serversOf(options)
  const makeTask = compileTask(options, clock)
  const tasks = new FollowedTasks(options, clock)
  const { broker, backend, task, queue, settings } = options
  const helper = useHelper({
    interpreter: interpreterPath(options.interpreter, baseDir),
    urls: [broker, backend],
    settings,
  })
  const engine = new Engine(helper, servers)
  const cancel = async (runs: readonly HandedOverRun[]) => {
    await engine.ask('cancel', { ids: idsOf(runs), task, queue })
  }
  return {
    run: async (run) => {
      if (run.signal.aborted) return outcomeOfStop(run.signal)
      let message: string
      try {
        message = makeTask(run)
      } catch (error) {
        if (isHooklineError(error)) return outcomeOfFault(error, false)
        throw error
      }
      return engine.publish(run, message, task)
    },
    follow: async (runs, signal) => {
      const outcomes: (EndOutcome | null)[] = []
      for (let start = 0; start < runs.length; start += BATCH) {
        signal.throwIfAborted()
        const part = runs.slice(start, start + BATCH)
        const answer = await engine.ask('states', idsOf(part))
        const states = answer as readonly TaskState[]
        outcomes.push(...part.map((run, index) => tasks.look(run, states[index])))
      }
      const lost = runs.filter((_, index) => isLost(outcomes[index]))
      // As well as it goes: a worker that comes back late should not go on with it.
      if (lost.length > 0) await cancel(lost).catch(() => {})
      return outcomes
    },
    cancel,
    watch: (changed) =>
      engine.watch(
        (refs) => changed(refs.filter((ref) => tasks.has(ref))),
        () => {
          logger.debug({ program: name }, 'the helper for Celery ended, and is started again')
        },
      ),
    close: () => engine.close(),
  }
}

function idsOf(runs: readonly HandedOverRun[]): readonly string[] {
  return runs.map(({ ref }) => ref)
}

/** The Celery of a program. */
class Engine {
  readonly #use: HelperUse<CeleryHelper>
  readonly #servers: Servers
  #isClosed = false

  constructor(use: HelperUse<CeleryHelper>, servers: Servers) {
    this.#use = use
    this.#servers = servers
  }

  /** The answer of the helper. Throws a `HooklineError`. */
  async ask(name: string, given: unknown): Promise<unknown> {
    const helper = await this.#helper()
    const answer = await answerOf(helper, name, given)
    if ('value' in answer) return answer.value
    throw errorOf({ ...answer.fault, sent: false }, this.#servers)
  }

  async publish(run: ProgramRun, message: string, task: string): Promise<Outcome> {
    const { signal, idempotencyKey: ref, write } = run
    let helper: CeleryHelper | null
    try {
      helper = await untilAborted(this.#helper(), signal)
    } catch (error) {
      if (isHooklineError(error)) return outcomeOfFault(error)
      throw error
    }
    if (helper === null || signal.aborted) return outcomeOfStop(signal)
    const pollSeconds = helper.watches ? POLL_SECONDS : POLL_SECONDS_UNTOLD
    const handedOver = { status: 'handed-over', ref, pollSeconds } as const
    const asked = answerOf(helper, 'publish', message)
    const answer =
      (await untilAborted(asked, signal)) ??
      (await withTimeLimit(asked, STOP_SECONDS * 1000, () => null))
    // Nobody knows what became of the message.
    if (answer === null) return handedOver
    if ('value' in answer) {
      const { queue } = answer.value as { readonly queue: string | null }
      const what = queue === null ? 'was sent before' : `sent to the queue ${JSON.stringify(queue)}`
      write('stderr', Buffer.from(`celery: ${task} ${what}\n`))
      return handedOver
    }
    const { fault } = answer
    // Whether it was sent is found out by its marker.
    if (fault.sent === null && sendsOnce(this.#servers)) return handedOver
    return outcomeOfFault(errorOf(fault, this.#servers))
  }

  watch(changed: (refs: readonly string[]) => void, onLost: () => void): () => void {
    let isOver = false
    const follow = async () => {
      while (!isOver && !this.#isClosed) {
        const helper = await this.#helper().catch(() => null)
        if (isOver || this.#isClosed) return
        if (helper !== null) {
          if (!helper.watches) return
          helper.watch((ids) => {
            if (!isOver) changed(ids)
          })
          await helper.lost
          if (!this.#isClosed) onLost()
        }
        await sleep(REWATCH_MS, undefined, { ref: false })
      }
    }
    void follow()
    return () => {
      isOver = true
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#use.release()
  }

  async #helper(): Promise<CeleryHelper> {
    if (this.#isClosed) {
      throw new HooklineError('interpreter_unavailable', 'The program is no longer in use')
    }
    try {
      return await this.#use.get()
    } catch (error) {
      if (error instanceof OpenFault) throw errorOf(error.fault, this.#servers)
      throw error
    }
  }
}

/** A helper that does not answer is ended: a server may have hung it. */
async function answerOf(helper: CeleryHelper, name: string, given: unknown): Promise<HelperAnswer> {
  const late: Fault = { place: 'broker', sent: null, kind: 'unreachable', text: 'no answer' }
  return withTimeLimit(helper.ask(name, given), ANSWER_SECONDS * 1000, () => {
    void helper.close()
    return { fault: late }
  })
}
