import {
  BrokerConnections,
  type EndOutcome,
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
  /** One after the other, in parts that Redis can answer without holding up others. */
  const inBatches = async (
    runs: readonly HandedOverRun[],
    signal: AbortSignal,
    work: (session: BullSession, part: readonly HandedOverRun[]) => Promise<void>,
  ) => {
    try {
      for (let start = 0; start < runs.length; start += BATCH) {
        signal.throwIfAborted()
        const session = await connections.get()
        const done = work(session, runs.slice(start, start + BATCH))
        if (
          (await untilAborted(
            done.then(() => true),
            signal,
          )) === null
        )
          connections.drop(session)
      }
      signal.throwIfAborted()
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
      const outcomes: (EndOutcome | null)[] = []
      await inBatches(runs, signal, async (session, part) => {
        const looks = await session.look(
          part.map(({ ref }) => ({ id: ref, fromLine: jobs.linesOf(ref) })),
        )
        for (const [index, look] of looks.entries()) {
          const run = part[index]
          if (run !== undefined) outcomes.push(jobs.look(run, look))
        }
      })
      return outcomes
    },
    cancel: (runs, signal) =>
      inBatches(runs, signal, async (session, part) => {
        const active = await session.remove(part.map(({ ref }) => ref))
        for (const [index, run] of part.entries()) if (active[index]) jobs.tellActive(run)
      }),
    watch: (changed) =>
      watchQueue(place, (ids) => changed(ids.filter((id) => jobs.has(id))), logger),
    close: () => connections.close(),
  }
}
