import { createAcceptHandlers } from '../accept/accept.ts'
import { prepareAcceptEvent } from '../accept/accept-event.ts'
import { prepareSenderIds } from '../accept/sender-ids.ts'
import { createClaimHandlers } from '../claim/claim.ts'
import { createDueTimesHandler } from '../claim/due-times.ts'
import { prepareLanes } from '../claim/lanes.ts'
import { prepareLimits } from '../claim/limits.ts'
import { createNextDueHandler } from '../claim/next-due.ts'
import { takeBackAll } from '../claim/take-back.ts'
import { createCountHandler } from '../counts/counts.ts'
import { createErrorHandler } from '../counts/errors.ts'
import { createAuditHandlers, prepareAudit } from '../documents/audit.ts'
import { createDocumentHandlers } from '../documents/documents.ts'
import { createNodeHandlers } from '../documents/nodes.ts'
import { createPauseHandlers } from '../pauses/handlers.ts'
import { prepareKeptPauses } from '../pauses/kept-pauses.ts'
import { createProjectHandler } from '../projection/project.ts'
import { createUnprojectedHandler } from '../projection/unprojected.ts'
import { createPruneHandler } from '../prune/prune.ts'
import { createBacklogHandler } from '../read/backlog.ts'
import { createOutlinesHandler } from '../read/outlines.ts'
import { createReadHandlers } from '../read/read.ts'
import { createSearchHandlers } from '../search/lists.ts'
import { createSegmentHandlers } from '../search/segments.ts'
import { createAppendLogHandler } from '../settle/append-log.ts'
import { createBulkHandler } from '../settle/bulk.ts'
import { createSettleHandlers } from '../settle/settle.ts'
import type { HandlerContext } from './context.ts'
import type { Handlers, OperationName } from './messages.ts'

type Opened = Pick<HandlerContext, 'database' | 'changes'>

/** All operations over a database that has just been opened. */
export function createHandlers(
  { database, changes }: Opened,
  now: number,
): Handlers<OperationName> {
  const limits = prepareLimits(database)
  const lanes = prepareLanes(database, limits)
  const pauses = prepareKeptPauses(database)
  const senderIds = prepareSenderIds(database)
  const context = { database, changes, limits, lanes, pauses, senderIds }
  database.connection.exec('BEGIN IMMEDIATE')
  takeBackAll(context, now)
  database.connection.exec('COMMIT')
  const accepting = createAcceptHandlers(context)
  const acceptEvent = prepareAcceptEvent(context, accepting)
  const audit = prepareAudit(database)
  const documents = createDocumentHandlers(context, audit)
  return {
    ...accepting,
    ...createClaimHandlers(context),
    ...createNextDueHandler(context),
    ...createDueTimesHandler(context),
    ...createSettleHandlers(context, acceptEvent),
    ...createAppendLogHandler(context),
    ...createReadHandlers(context),
    ...createOutlinesHandler(context),
    ...documents,
    ...createBulkHandler(context, { ...accepting, ...documents }),
    ...createAuditHandlers(context, audit),
    ...createNodeHandlers(context),
    ...createPauseHandlers(context, acceptEvent),
    ...createPruneHandler(context),
    ...createBacklogHandler(context),
    ...createUnprojectedHandler(context),
    ...createProjectHandler(context),
    ...createSegmentHandlers(context),
    ...createSearchHandlers(context),
    ...createCountHandler(context),
    ...createErrorHandler(context),
  }
}
