import { brokerFault, type HooklineError, isHooklineError } from '../../../core/sdk/executor.ts'
import type { RabbitAddress } from './address.ts'

/** https://www.rabbitmq.com/amqp-0-9-1-reference#constants */
const ACCESS_REFUSED = 403
const NOT_FOUND = 404
const PRECONDITION_FAILED = 406
/** How the library says that the broker closed the connection instead of opening the virtual host. */
const NOT_OPENED = /^Expected ConnectionOpenOk/

/** What the failure to open a connection means. What has no code of ours stays as it is. */
export function openFault({ name, vhost }: RabbitAddress, error: unknown): unknown {
  if (isHooklineError(error)) return error
  const code = replyCode(error)
  const text = error instanceof Error ? error.message : ''
  if (code === ACCESS_REFUSED || text.includes('ACCESS_REFUSED')) {
    const why = `${name} refuses the user or the password in \`url\`.`
    return brokerFault('broker_access_refused', why, { retryable: false })
  }
  if (NOT_OPENED.test(text)) {
    const why = `${name} does not open the virtual host ${JSON.stringify(vhost)}: it is missing, closed to the user of \`url\`, or has too many connections.`
    return brokerFault('broker_access_refused', why)
  }
  return error
}

/** What the end of a channel means for a message that was on it; null if it says nothing. */
export function closedFault(
  { name }: RabbitAddress,
  exchange: string,
  cause: unknown,
): HooklineError | null {
  const place =
    exchange === '' ? 'the default exchange' : `the exchange ${JSON.stringify(exchange)}`
  switch (replyCode(cause)) {
    case NOT_FOUND:
      return brokerFault('target_missing', `${name} does not have ${place}.`)
    case ACCESS_REFUSED:
      return brokerFault(
        'broker_access_refused',
        `${name} does not let the user of \`url\` write to ${place}.`,
        { remedy: 'Grant the user the permission to write.' },
      )
    // Other messages that were on the channel are tried again, so this cannot be final.
    case PRECONDITION_FAILED:
      return brokerFault(
        'message_refused',
        `${name} refused this message, or one that was sent with it: it is too large, or has a header that is not allowed.`,
      )
    default:
      return null
  }
}

function replyCode(error: unknown): number | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'number' ? code : null
}
