import { takeBackTask } from '../../../../core/sdk/store/task-steps.ts'
import type { HeldTask, Lease } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import { prepareStep, WHOLE_HELD_TASK } from '../settle/held-tasks.ts'

const RUNNING = `${WHOLE_HELD_TASK} WHERE state = 'running' AND program = ? AND lease_until <= ?`
const RUNNING_PROGRAMS = "SELECT DISTINCT program FROM tasks WHERE state = 'running'"
/** Later than any lease. */
const ANY_LEASE = Number.MAX_SAFE_INTEGER

/**
 * Takes back every running task, also of programs that are no longer in the config. Only for opening the store, within
 * a transaction: a file has one process, so the nodes that held these leases are gone.
 */
export function takeBackAll(context: HandlerContext, now: number): void {
  const takeBack = prepareTakeBack(context)
  const programs = context.database.prepare(RUNNING_PROGRAMS).all()
  for (const row of programs) {
    takeBack(row['program'] as string, now, { leasesUntil: ANY_LEASE })
  }
}

interface Which {
  /** Leases that end until then. Default: now. */
  readonly leasesUntil?: number
  /** Leases whose holder is alive. Default: none. */
  readonly held?: readonly Lease[]
}

/** Takes back the tasks of a program whose lease ran out. Late nodes cannot settle them, so their slots are free. */
export function prepareTakeBack(context: HandlerContext) {
  const running = context.database.prepare(RUNNING)
  const carryOut = prepareStep(context)

  return (program: string, now: number, { leasesUntil = now, held = [] }: Which = {}): void => {
    for (const row of running.all(program, leasesUntil)) {
      const task = row as unknown as HeldTask
      if (held.some(({ taskId, fence }) => taskId === task.id && fence === task.fence)) continue
      carryOut(task, takeBackTask(task, now), now)
    }
  }
}
