import { createAcceptHandlers } from './accept.ts'
import { createClaimHandlers } from './claim.ts'
import type { HandlerContext } from './context.ts'
import { createDeliveryHandlers } from './deliveries.ts'
import { prepareLanes } from './lanes.ts'
import { prepareLimits } from './limits.ts'
import { createLogHandlers } from './logs.ts'
import type { Handlers, OperationName } from './messages.ts'
import { createNextDueHandler } from './next-due.ts'
import { createSettleHandlers } from './settle.ts'
import { createTaskHandlers } from './tasks.ts'

type Opened = Pick<HandlerContext, 'database' | 'changes'>

/** All operations over an open database. */
export function createHandlers({ database, changes }: Opened): Handlers<OperationName> {
  const limits = prepareLimits(database)
  const context = { database, changes, limits, lanes: prepareLanes(database, limits) }
  const accepting = createAcceptHandlers(context)
  return {
    ...accepting,
    ...createClaimHandlers(context),
    ...createNextDueHandler(context),
    ...createSettleHandlers(context, accepting.accept),
    ...createTaskHandlers(context),
    ...createDeliveryHandlers(context),
    ...createLogHandlers(context),
  }
}
