import { setTimeout as sleep } from 'node:timers/promises'
import {
  BrokerConnections,
  brokerFault,
  type EndOutcome,
  type ExecutorInstance,
  type HandedOverRun,
  type HooklineError,
  isHooklineError,
  kindOf,
  lateFault,
  type Outcome,
  outcomeOfFault,
  outcomeOfStop,
  type PluginContext,
  type ProgramRun,
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
const AGAIN_MS = 500

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
      throw faultOf(address.name, error)
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
      return handOver(run, job, { connections, jobs, name: address.name, confirmSeconds })
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

interface Handing {
  readonly connections: BrokerConnections<BullSession>
  readonly jobs: FollowedJobs
  readonly name: string
  readonly confirmSeconds: number
}

/**
 * Adds the job until Redis confirms it: a second time changes nothing. If nobody knows whether Redis has it, it is handed
 * over, and following it shows.
 */
async function handOver(
  { idempotencyKey: ref, signal }: ProgramRun,
  job: NewJob,
  { connections, jobs, name, confirmSeconds }: Handing,
): Promise<Outcome> {
  const handedOver = { status: 'handed-over', ref } as const
  const limit = AbortSignal.any([signal, AbortSignal.timeout(confirmSeconds * 1000)])
  const last: { session?: BullSession; mayBeThere: boolean } = { mayBeThere: false }
  const add = async () => {
    const session = await connections.get()
    if (limit.aborted) return false
    last.session = session
    jobs.added(ref, false)
    const { mayBeThere } = last
    last.mayBeThere = true
    try {
      await session.add(job)
    } catch (error) {
      if (isHooklineError(error)) last.mayBeThere = mayBeThere
      throw error
    }
    jobs.added(ref, true)
    return true
  }
  while (!limit.aborted) {
    try {
      if (await untilAborted(add(), limit)) return handedOver
    } catch (error) {
      if (!last.mayBeThere) return outcomeOfFault(faultOf(name, error))
    }
    if (!limit.aborted) await untilAborted(sleep(AGAIN_MS), limit)
  }
  if (last.session !== undefined && !signal.aborted) connections.drop(last.session)
  if (last.mayBeThere) return handedOver
  return signal.aborted
    ? outcomeOfStop(signal)
    : outcomeOfFault(lateFault({ name }, confirmSeconds))
}

function faultOf(name: string, error: unknown): HooklineError {
  if (isHooklineError(error)) return error
  const why = `The connection to ${name} ended: ${kindOf(error)}.`
  return brokerFault('broker_unreachable', why, { retryable: true })
}
