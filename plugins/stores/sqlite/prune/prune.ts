import { toPruned } from '../../../../core/sdk/store/pruning.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { prepareCountPruning } from '../counts/prune.ts'
import { prepareDeliveryPruning } from './deliveries.ts'
import { prepareLogPruning } from './logs.ts'
import { prepareShrink } from './shrink.ts'
import { prepareTaskPruning } from './tasks.ts'
import type { PruneAllowance } from './walk.ts'

/** A call deletes for about this long at most, since all calls that arrive meanwhile wait for it. */
const MAX_CALL_MS = 5

/** Deletes what is old, a little in each call. */
export function createPruneHandler(context: HandlerContext): Handlers<'prune'> {
  const { database } = context
  const pruneDeliveries = prepareDeliveryPruning(context)
  const pruneTasks = prepareTaskPruning(database)
  const pruneLogs = prepareLogPruning(database)
  const pruneCounts = prepareCountPruning(database)
  const shrink = prepareShrink(database)

  return {
    prune([request]) {
      const end = performance.now() + MAX_CALL_MS
      const limit = Math.max(Math.trunc(request.limit), 1)
      const allowance: PruneAllowance = { limit, isOver: () => performance.now() >= end }
      const deliveries = pruneDeliveries(request, allowance)
      const tasks = pruneTasks(request, allowance)
      const logs = pruneLogs(request, allowance)
      const counts = pruneCounts(request, allowance)
      const pruned = toPruned({ deliveries, tasks, logs, counts })
      return shrink() ? { ...pruned, more: true } : pruned
    },
  }
}
