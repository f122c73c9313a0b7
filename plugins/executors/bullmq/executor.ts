import {
  BrokerConnections,
  type ExecutorInstance,
  engineFault,
  type HandedOverRun,
  handOver,
  isHooklineError,
  outcomeOfFault,
  outcomeOfStop,
  type PluginContext,
  redisServer,
  untilAborted,
} from '../../../core/sdk/executor.ts'
import { FollowedJobs } from './followed-jobs.ts'
import { compileJob } from './job.ts'
import type { BullmqOptions } from './options.ts'
import { BullSession, type NewJob, type Place } from './session.ts'
import { watchQueue } from './watch.ts'

/** Jobs that are looked at in one round trip. */
const BATCH = 200

/** Creates the executor of a program. Throws `option_invalid`. */
export function createBullmq(
  options: BullmqOptions,
  { name: program, logger }: Pick<PluginContext, 'name' | 'logger'>,
): ExecutorInstance {
  const { queue, prefix, confirmSeconds } = options
  const address = redisServer.addressOf(options.connection, 'connection')
  const place: Place = { address, queue, prefix, program }
  const makeJob = compileJob(options)
  const jobs = new FollowedJobs(queue)
  const connections = new BrokerConnections<BullSession>({
    name: address.name,
    open: (signal) => BullSession.open(place, signal),
    isOpen: (session) => session.isOpen,
    close: (session) => session.close(),
  })
  /** In parts that Redis can answer without holding up others. */
  const inBatches = async <Answer>(
    runs: readonly HandedOverRun[],
    signal: AbortSignal,
    work: (session: BullSession, part: readonly HandedOverRun[]) => Promise<readonly Answer[]>,
  ): Promise<readonly Answer[]> => {
    const answers: Answer[] = []
    try {
      for (let start = 0; start < runs.length; start += BATCH) {
        signal.throwIfAborted()
        const session = await connections.get()
        const part = runs.slice(start, start + BATCH)
        const given = await untilAborted(work(session, part), signal)
        if (given === null) connections.drop(session)
        answers.push(...(given ?? []))
      }
      signal.throwIfAborted()
      return answers
    } catch (error) {
      throw engineFault(address.name, error)
    }
  }
  return {
    run: async (run) => {
      if (run.signal.aborted) return outcomeOfStop(run.signal)
      let job: NewJob
      try {
        job = makeJob(run)
      } catch (error) {
        if (isHooklineError(error)) return outcomeOfFault(error, false)
        throw error
      }
      const ref = run.idempotencyKey
      return handOver(run, {
        ...{ connections, name: address.name, confirmSeconds, ref },
        give: async (session) => {
          jobs.added(ref, false)
          await session.add(job)
          jobs.added(ref, true)
        },
      })
    },
    follow: async (runs, signal) => {
      // First all looks, so that a failure of one leaves nothing half told.
      const looks = await inBatches(runs, signal, (session, part) =>
        session.look(part.map(({ ref }) => ({ id: ref, fromLine: jobs.linesOf(ref) }))),
      )
      return runs.map((run, index) => jobs.look(run, looks[index]))
    },
    cancel: async (runs, signal) => {
      const active = await inBatches(runs, signal, (session, part) =>
        session.remove(part.map(({ ref }) => ref)),
      )
      for (const [index, run] of runs.entries()) if (active[index]) jobs.tellActive(run)
    },
    watch: (changed) => {
      const tell = (ids: readonly string[]) => {
        const refs = ids.filter((id) => jobs.has(id))
        if (refs.length > 0) changed(refs)
      }
      return watchQueue(place, tell, logger)
    },
    close: () => connections.close(),
  }
}
