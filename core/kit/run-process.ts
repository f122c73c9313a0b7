import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from '../contracts/executor.ts'
import {
  type Launch,
  type ProcessRun,
  type StartChild,
  startChild,
  type WatchedChild,
} from './process-child.ts'
import { isGroupAlive, signalGroup } from './process-group.ts'
import { outcomeOfExit, outcomeOfStartFailure, outcomeOfStop } from './process-outcome.ts'

const OUTPUT_GRACE_SECONDS = 2
const KILLED_GRACE_SECONDS = 1
const LAST_READ_SECONDS = 0.25
const FIRST_POLL_MS = 10
const LAST_POLL_MS = 200

const NOTE = new TextEncoder().encode(
  `[hookline] A process left behind by the program still held its output ${OUTPUT_GRACE_SECONDS} seconds after ` +
    'its end: the process group is stopped, and further output is not kept.\n',
)

/** Runs one program to its end, or stops it and its group on abort. Never throws for what the program does. */
export async function runProcess(
  launch: Launch,
  run: ProcessRun,
  start: StartChild = startChild,
): Promise<Outcome> {
  const { signal } = run
  if (signal.aborted) return outcomeOfStop(signal, { code: null, signal: null })
  let child: WatchedChild
  try {
    child = await start(launch, run)
  } catch (error) {
    if (signal.aborted) return outcomeOfStop(signal, { code: null, signal: null })
    return outcomeOfStartFailure(error, launch)
  }
  if (child.pid === undefined) return outcomeOfStartFailure(await child.startFailure, launch)
  const aborted = Promise.withResolvers<void>()
  const abort = () => aborted.resolve()
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    const startFailure = child.startFailure.then((error) => ({ error }))
    const failed = await Promise.race([child.exited, aborted.promise, startFailure])
    if (failed !== undefined) return outcomeOfStartFailure(failed.error, launch)
    return await conclude(child, child.pid, { launch, run, aborted: aborted.promise })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

interface Conclusion {
  readonly launch: Launch
  readonly run: ProcessRun
  readonly aborted: Promise<void>
}

async function conclude(
  child: WatchedChild,
  leader: number,
  { launch, run, aborted }: Conclusion,
): Promise<Outcome> {
  const { signal } = run
  if (!signal.aborted) await within(OUTPUT_GRACE_SECONDS, Promise.race([child.finished, aborted]))
  if (signal.aborted || !child.isFinished()) {
    if (!signal.aborted) run.write('stderr', NOTE)
    await stopGroup(child, leader, launch.killAfterSeconds)
  }
  const exit = child.exit()
  return signal.aborted || exit === null ? outcomeOfStop(signal, exit) : outcomeOfExit(exit)
}

async function stopGroup(
  child: WatchedChild,
  leader: number,
  killAfterSeconds: number,
): Promise<void> {
  const isGone = () => child.exit() !== null && !isGroupAlive(leader)
  const steps = [
    ['SIGTERM', killAfterSeconds],
    ['SIGKILL', KILLED_GRACE_SECONDS],
  ] as const
  for (const [signal, seconds] of steps) {
    if (isGone()) break
    signalGroup(leader, signal)
    const end = performance.now() + seconds * 1000
    for (let pause = FIRST_POLL_MS; !isGone() && performance.now() < end; pause *= 2) {
      await sleep(Math.min(pause, LAST_POLL_MS))
    }
  }
  // Whoever holds the output now has left the group.
  await within(LAST_READ_SECONDS, child.finished)
  child.letGo()
}

/** Waits for a promise, but no longer than the given time. */
async function within(seconds: number, promise: Promise<void>): Promise<void> {
  const time = Promise.withResolvers<void>()
  const timer = setTimeout(time.resolve, seconds * 1000)
  await Promise.race([promise, time.promise])
  clearTimeout(timer)
}
