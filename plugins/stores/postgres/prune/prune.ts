import { type Pruned, type PruneRequest, toPruned } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { pruneCounts } from '../counts/prune.ts'
import { createDeliveryPruning } from './deliveries.ts'
import { createLogPruning } from './logs.ts'
import { createTaskPruning } from './tasks.ts'

/** One call looks at this many rows at most, whatever is asked. */
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
    const counts = await pruneCounts(batch, request)
    return toPruned({ deliveries, tasks, logs, counts })
  }
}
