import {
  errorCodeOf,
  type FailedOutcome,
  isHooklineError,
  type Outcome,
  outcomeOfFault,
} from '../../../core/sdk/executor.ts'
import type { HttpOptions } from './options.ts'
import type { ReceivedResponse } from './response.ts'
import { retryAfterSeconds } from './retry-after.ts'

type Statuses = HttpOptions['retryStatuses']

/** The outcome of a response. `subject` names the request by method and origin. */
export function outcomeOfResponse(
  response: ReceivedResponse,
  subject: string,
  settings: Pick<HttpOptions, 'successStatuses' | 'retryStatuses'> & { readonly now: number },
): Outcome {
  const { status, headers } = response
  if (includes(settings.successStatuses, status)) return { status: 'succeeded', result: response }
  const retryable = includes(settings.retryStatuses, status)
  const wait = retryable ? retryAfterSeconds(headers['retry-after'], settings.now) : undefined
  return {
    status: 'failed',
    reason: `${subject} answered ${status}`,
    result: response,
    retryable,
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  }
}

/** The outcome of a request that got no response. */
export function outcomeOfError(error: unknown, subject: string): FailedOutcome {
  if (isHooklineError(error)) return outcomeOfFault(error, false)
  const code = errorCodeOf(error)
  // Without the message, which may quote the request.
  return {
    status: 'failed',
    reason: `${subject} failed: ${code}`,
    retryable: !code.startsWith('UND_ERR_INVALID'),
  }
}

function includes(statuses: Statuses, status: number): boolean {
  return statuses.some((entry) => entry === status || entry === `${Math.floor(status / 100)}xx`)
}
