import type { HandlerContext } from './context.ts'
import type { Handlers } from './messages.ts'
import type { Allowance } from './prune-allowance.ts'
import { prepareDeliveryPruning } from './prune-deliveries.ts'
import { prepareLogPruning } from './prune-logs.ts'
import { prepareTaskPruning } from './prune-tasks.ts'
import { prepareShrink } from './shrink.ts'

/** A call deletes no longer than about this, since all that arrives meanwhile waits for it. */
const MAX_CALL_MS = 5

/** Deletes what is old, a little in each call. */
export function createPruneHandler({ database }: HandlerContext): Handlers<'prune'> {
  const pruneDeliveries = prepareDeliveryPruning(database)
  const pruneTasks = prepareTaskPruning(database)
  const pruneLogs = prepareLogPruning(database)
  const shrink = prepareShrink(database)

  return {
    prune([request]) {
      const end = performance.now() + MAX_CALL_MS
      const limit = Math.max(Math.trunc(request.limit), 1)
      const allowance: Allowance = { limit, isOver: () => performance.now() >= end }
      const deliveries = pruneDeliveries(request, allowance)
      const tasks = pruneTasks(request, allowance)
      const logs = pruneLogs(request, allowance)
      return {
        deliveries: deliveries.deleted,
        tasks: deliveries.tasks + tasks.deleted,
        logs: logs.deleted,
        more: shrink() || !(deliveries.isDone && tasks.isDone && logs.isDone),
      }
    },
  }
}
