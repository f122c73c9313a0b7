import { brokerFault, isHooklineError } from '../../../core/sdk/executor.ts'
import type { NatsMessage } from './message.ts'

/** https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const TOO_LARGE = 10_054
const OTHER_STREAM = 10_060
/** Limits of an account, of memory, of storage, and of the stream. */
const FULL = new Set([10_002, 10_023, 10_028, 10_047, 10_077])

/** What the failure to connect means. What has no code of ours stays as it is. */
export function connectFault(name: string, error: unknown): unknown {
  if (isHooklineError(error)) return error
  const kind = error instanceof Error ? error.name : ''
  if (kind === 'AuthorizationError' || kind === 'UserAuthenticationExpiredError') {
    const why = `${name} refuses the credentials.`
    return brokerFault('broker_access_refused', why, { retryable: false })
  }
  // Its cause has the code of the system.
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}

/** What the failure to publish means. What has no code of ours stays as it is. */
export function publishFault(
  name: string,
  { subject, stream }: NatsMessage,
  error: unknown,
): unknown {
  if (!(error instanceof Error)) return error
  const place = `the subject ${JSON.stringify(subject)}`
  switch (error.name) {
    case 'JetStreamNotEnabled':
      return brokerFault('target_missing', `No stream of ${name} takes ${place}.`, {
        remedy: 'Create a stream with this subject, in a server with JetStream.',
      })
    case 'JetStreamApiError':
      return apiFault(name, stream, error)
    case 'InvalidArgumentError':
      return brokerFault('message_refused', `The message is larger than ${name} allows.`, {
        retryable: false,
      })
  }
  if (error.cause instanceof Error && error.cause.name === 'PermissionViolationError') {
    const why = `${name} does not let this user publish to ${place}.`
    return brokerFault('broker_access_refused', why, {
      remedy: 'Allow the user to publish to it, and to subscribe to `_INBOX.>`.',
    })
  }
  return error
}

function apiFault(name: string, stream: string | undefined, error: Error): unknown {
  const { code, status } = error as Error & { readonly code?: number; readonly status?: number }
  if (code === TOO_LARGE) {
    const why = `The message is larger than its stream of ${name} allows.`
    return brokerFault('message_refused', why, { retryable: false })
  }
  if (code === OTHER_STREAM) {
    const why = `Another stream of ${name} takes the subject, not ${JSON.stringify(stream)}.`
    return brokerFault('target_missing', why, { remedy: 'Correct `subject` or `stream`.' })
  }
  if (code !== undefined && FULL.has(code)) {
    const why = `A limit of the stream, or of ${name}, is reached (${code}).`
    return brokerFault('broker_full', why, { retryable: true })
  }
  if (status !== undefined && status >= 500) {
    const why = `JetStream of ${name} is not available at the moment (${code}).`
    return brokerFault('broker_unreachable', why, { retryable: true })
  }
  return brokerFault('message_refused', `${name} refused the message (${code}).`)
}
