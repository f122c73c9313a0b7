import { isHooklineError } from '../../../errors/errors.ts'
import { brokerFault } from '../broker-fault.ts'

/** What is called, for messages. */
export interface AwsTarget {
  /** `SQS` or `SNS`. */
  readonly service: string
  /** The queue or topic. */
  readonly target: string
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html */
const MISSING = /^(QueueDoesNotExist|NonExistentQueue|NotFound(Exception)?|InvalidAddress)$/
const LOGIN =
  /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException|InvalidSecurity|MissingAuthenticationToken(Exception)?|IncompleteSignature|NotAuthorized|OptInRequired)$/
/** Temporary keys may be new at the next attempt. */
const STALE =
  /^(ExpiredToken(Exception)?|RequestExpired|CredentialsProviderError|TokenProviderError)$/
const DENIED =
  /^(AccessDenied(Exception)?|AuthorizationError(Exception)?|KMS\.?AccessDenied(Exception)?)$/
const BUSY = /Throttl|OverLimit|TooManyRequests|LimitExceeded/
const REFUSED =
  /^(Invalid(Message|Parameter|Attribute)|ValidationError|ValidationException|UnsupportedOperation|BatchRequestTooLong)/
/** The connection was not opened, so nothing was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** What the error of a call means. What has no code of ours stays as it is. */
export function callFault({ service, target }: AwsTarget, error: unknown): unknown {
  if (isHooklineError(error) || !(error instanceof Error)) return error
  // Some servers still send the names of the older protocol.
  const name = error.name.replace(/^AWS\.SimpleQueueService\./, '')
  const { status, code } = detailsOf(error)
  const place = JSON.stringify(target)
  const retryable = true
  if (code !== null && NOT_SENT.has(code)) {
    return brokerFault('broker_unreachable', `${service} cannot be reached: ${code}.`, {
      retryable,
    })
  }
  if (MISSING.test(name)) {
    return brokerFault('target_missing', `${service} has no ${place} (${name}).`)
  }
  if (STALE.test(name)) {
    const why = `There are no valid credentials for ${service} (${name}).`
    return brokerFault('broker_access_refused', why, { retryable })
  }
  if (LOGIN.test(name)) {
    const why = `${service} refuses the credentials (${name}).`
    return brokerFault('broker_access_refused', why, { retryable: false })
  }
  if (DENIED.test(name)) {
    const why = `${service} does not let these credentials send to ${place} (${name}).`
    const remedy = `Allow ${service === 'SNS' ? 'sns:Publish' : 'sqs:SendMessage'}, and the key of an encrypted target.`
    return brokerFault('broker_access_refused', why, { remedy })
  }
  if (BUSY.test(name) || status === 429) {
    return brokerFault('broker_full', `${service} limits the rate or the amount (${name}).`, {
      retryable,
    })
  }
  if (REFUSED.test(name)) {
    const why = `${service} refuses the message: it is too large, or a part of it is not allowed (${name}).`
    return brokerFault('message_refused', why, { retryable: false })
  }
  if (status === null) return error
  if (status >= 500) {
    const why = `${service} answered ${status} (${name}).`
    return brokerFault('message_unconfirmed', why, { retryable })
  }
  return brokerFault('message_refused', `${service} answered ${status} (${name}).`)
}

function detailsOf(error: Error): { readonly status: number | null; readonly code: string | null } {
  const { $metadata, code } = error as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number }
    readonly code?: unknown
  }
  return {
    status: $metadata?.httpStatusCode ?? null,
    code: typeof code === 'string' ? code : null,
  }
}
