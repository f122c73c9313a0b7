import type { EndOutcome } from '../../contracts/executor.ts'
import { untilAborted, withTimeLimit } from '../../kit/time-limit.ts'
import type { Launch, ProcessRun, WatchedChild } from './child.ts'
import { watchMemory } from './out-of-memory.ts'
import { outcomeOfExit, outcomeOfStartFailure, outcomeOfStop } from './outcome.ts'
import { stopGroup } from './stop-group.ts'

const OUTPUT_GRACE_SECONDS = 2

const NOTE = new TextEncoder().encode(
  `[hookline] A process left behind by the program still held its output ${OUTPUT_GRACE_SECONDS} seconds after ` +
    'its end: the process group is stopped, and further output is not kept.\n',
)

const OUT_OF_MEMORY = {
  reason: 'ended by signal SIGKILL, while the system killed a process for want of memory (OOM)',
}

/**
 * Waits for a program to end, or stops it and its process group when the run is aborted. `starting` rejects where the
 * program cannot be started; `launch` is what was asked for, for the reason. Never throws for what the program does.
 */
export async function waitForOutcome(
  starting: Promise<WatchedChild>,
  launch: Launch,
  run: ProcessRun,
): Promise<EndOutcome> {
  const { signal } = run
  const isOutOfMemory = watchMemory()
  let child: WatchedChild
  try {
    child = await starting
  } catch (error) {
    return signal.aborted ? outcomeOfStop(signal) : outcomeOfStartFailure(error, launch)
  }
  if (child.pid === undefined) return outcomeOfStartFailure(await child.startFailure, launch)
  const failure = child.startFailure.then((error) => ({ error }))
  const failed = await untilAborted(Promise.race([child.exited, failure]), signal)
  if (failed) return outcomeOfStartFailure(failed.error, launch)
  if (!child.isFinished()) {
    const finished = withTimeLimit(child.finished, OUTPUT_GRACE_SECONDS * 1000, () => {})
    await untilAborted(finished, signal)
  }
  if (signal.aborted || !child.isFinished()) {
    if (!signal.aborted) run.write('stderr', NOTE)
    await stopGroup(child, child.pid, launch.killAfterSeconds)
  }
  const exit = child.exit()
  if (!signal.aborted && exit !== null) {
    const outcome = outcomeOfExit(exit)
    return exit.signal === 'SIGKILL' && isOutOfMemory() ? { ...outcome, ...OUT_OF_MEMORY } : outcome
  }
  const stopped = outcomeOfStop(signal, exit === null ? 'process' : null)
  return exit === null || exit.code === null ? stopped : { ...stopped, exitCode: exit.code }
}
