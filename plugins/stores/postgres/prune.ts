import type { Pruned, PruneRequest } from '../../../core/index.ts'
import { createDeliveryPruning } from './prune-deliveries.ts'
import { createLogPruning } from './prune-logs.ts'
import { createTaskPruning } from './prune-tasks.ts'
import type { Batch } from './writes.ts'

/** Rows looked at and deleted in one call at most, whatever is asked. */
const MAX_ROWS = 1_000

/** Deletes what is old, a little in each call, in a transaction of its own: accepts do not wait for it. */
export function createPruning(): (batch: Batch, request: PruneRequest) => Promise<Pruned> {
  const pruneDeliveries = createDeliveryPruning()
  const pruneTasks = createTaskPruning()
  const pruneLogs = createLogPruning()

  return async (batch, asked) => {
    const limit = Math.min(Math.max(Math.trunc(asked.limit), 1), MAX_ROWS)
    const request = { ...asked, limit }
    const deliveries = await pruneDeliveries(batch, request)
    const tasks = await pruneTasks(batch, request)
    const logs = await pruneLogs(batch, request)
    return {
      deliveries: deliveries.deleted,
      tasks: deliveries.tasks + tasks.deleted,
      logs: logs.deleted,
      more: !(deliveries.isDone && tasks.isDone && logs.isDone),
    }
  }
}
