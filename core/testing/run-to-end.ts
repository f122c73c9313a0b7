import { setTimeout as sleep } from 'node:timers/promises'
import type {
  EndOutcome,
  ExecutorInstance,
  HandedOverRun,
  ProgramRun,
} from '../contracts/executor.ts'

const POLL_MS = 200

/**
 * Runs an executor as Hookline does. A run that is handed over is followed until it has ended; if it is stopped because it
 * was cancelled or reached its time limit, its engine is asked to end it. Other stops leave it running there.
 */
export async function runToEnd(executor: ExecutorInstance, run: ProgramRun): Promise<EndOutcome> {
  const outcome = await executor.run(run)
  if (outcome.status !== 'handed-over') return outcome
  const { taskId, signal, write } = run
  const followed: HandedOverRun = { taskId, ref: outcome.ref, handedOverAt: Date.now(), write }
  for (;;) {
    const { reason, aborted } = signal
    if (reason === 'lease_lost' || reason === 'stopping') {
      return { status: 'failed', reason: `left at its engine: ${reason}` }
    }
    const never = new AbortController().signal
    const [end] = (await executor.follow?.([followed], never)) ?? []
    if (end !== undefined && end !== null) return end
    if (aborted) await executor.cancel?.([followed], never)
    await sleep(POLL_MS)
  }
}

/** The executor, with runs that last until they have ended. */
export function followingExecutor(executor: ExecutorInstance): ExecutorInstance {
  if (executor.follow === undefined) return executor
  return {
    run: (run) => runToEnd(executor, run),
    close: async () => executor.close?.(),
  }
}
