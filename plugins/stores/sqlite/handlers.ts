import { createAcceptHandlers } from './accept.ts'
import { createAuditHandlers, prepareAudit } from './audit.ts'
import { createBacklogHandler } from './backlog.ts'
import { createClaimHandlers } from './claim.ts'
import type { HandlerContext } from './context.ts'
import { createDeliveryHandlers } from './deliveries.ts'
import { createDocumentHandlers } from './documents.ts'
import { prepareLanes } from './lanes.ts'
import { prepareLimits } from './limits.ts'
import { createLogHandlers } from './logs.ts'
import type { Handlers, OperationName } from './messages.ts'
import { createNextDueHandler } from './next-due.ts'
import { createNodeHandlers } from './nodes.ts'
import { takeBackAll } from './overdue.ts'
import { createPruneHandler } from './prune.ts'
import { createSettleHandlers } from './settle.ts'
import { createTaskHandlers } from './tasks.ts'

type Opened = Pick<HandlerContext, 'database' | 'changes'>

/** All operations over a database that has just been opened. */
export function createHandlers(
  { database, changes }: Opened,
  now: number,
): Handlers<OperationName> {
  const limits = prepareLimits(database)
  const context = { database, changes, limits, lanes: prepareLanes(database, limits) }
  database.connection.exec('BEGIN IMMEDIATE')
  takeBackAll(context, now)
  database.connection.exec('COMMIT')
  const accepting = createAcceptHandlers(context)
  const audit = prepareAudit(database)
  return {
    ...accepting,
    ...createClaimHandlers(context),
    ...createNextDueHandler(context),
    ...createSettleHandlers(context, accepting.accept),
    ...createTaskHandlers(context),
    ...createDeliveryHandlers(context),
    ...createLogHandlers(context),
    ...createDocumentHandlers(context, audit),
    ...createAuditHandlers(context, audit),
    ...createNodeHandlers(context),
    ...createPruneHandler(context),
    ...createBacklogHandler(context),
  }
}
