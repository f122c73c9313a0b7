import { takeBackTask } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { HeldTasks } from '../settle/held-tasks.ts'
import { refreshLanes } from './lanes.ts'

/** Takes back tasks whose lease ran out; tasks with a key only if the lock of their program is held. */
export async function takeBackOverdue(batch: Batch, locked: readonly string[]): Promise<void> {
  const overdue = await HeldTasks.holdOverdue(batch, locked)
  for (const task of overdue.all()) overdue.carryOut(task, takeBackTask(task, batch.now))
  await overdue.save()
  await refreshLanes(batch.transaction, batch.touched)
}
