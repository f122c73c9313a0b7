import { createAcceptHandlers } from './accept.ts'
import { createClaimHandlers } from './claim.ts'
import type { HandlerContext } from './context.ts'
import { createDeliveryHandlers } from './deliveries.ts'
import { createLogHandlers } from './logs.ts'
import type { Handlers, OperationName } from './messages.ts'
import { createSettleHandlers } from './settle.ts'
import { createTaskHandlers } from './tasks.ts'

/** All operations over an open database. */
export function createHandlers(context: HandlerContext): Handlers<OperationName> {
  const accepting = createAcceptHandlers(context)
  return {
    ...accepting,
    ...createClaimHandlers(context),
    ...createSettleHandlers(context, accepting.accept),
    ...createTaskHandlers(context),
    ...createDeliveryHandlers(context),
    ...createLogHandlers(context),
  }
}
