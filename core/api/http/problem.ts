import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Answer } from '../../contracts/delivery.ts'
import { ERRORS, type ErrorCode, HooklineError, isHooklineError } from '../../errors/errors.ts'

/** An error as problem details (RFC 9457), with Hookline's code. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly remedy: string
  readonly errors?: unknown
}

/** Where a code is explained. Problems refer to it relatively: only the caller knows where it reaches the service. */
export const PROBLEMS = '/problems'

/** For a 503 that does not say itself when to come back, such as that of a store that is away. */
const RETRY_AFTER_SECONDS = 5
const BODY_UNREAD: ReadonlySet<ErrorCode> = new Set([
  'delivery_too_large',
  'delivery_timeout',
  'overloaded',
])

/** Whether callers may see an error: its code has an HTTP status. All others only go to the log. */
export function isForCallers(error: unknown): error is HooklineError {
  return isHooklineError(error) && 'status' in ERRORS[error.code]
}

/** The body for an error. Errors that callers may not see become `internal`. */
export function toProblem(error: unknown): Problem {
  const known = isForCallers(error) ? error : new HooklineError('internal', 'See the service log')
  const entry = ERRORS[known.code]
  return {
    type: `${PROBLEMS}/${known.code}`,
    title: entry.title,
    status: 'status' in entry ? entry.status : 500,
    detail: known.message,
    code: known.code,
    remedy: known.remedy,
    ...('errors' in known.fields ? { errors: known.fields['errors'] } : {}),
  }
}

/** The answer with an error's problem details. A 503, and each error that says when to come back, has Retry-After (RFC 9110, section 10.2.3). */
export function problemAnswer(error: unknown) {
  const problem = toProblem(error)
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'X-Content-Type-Options': 'nosniff',
  }
  if (isForCallers(error)) {
    const seconds =
      error.fields['retryAfterSeconds'] ?? (problem.status === 503 ? RETRY_AFTER_SECONDS : null)
    if (typeof seconds === 'number') headers['Retry-After'] = String(seconds)
    const { deliveryId } = error.fields
    if (typeof deliveryId === 'string') headers['Hookline-Delivery'] = deliveryId
    if (error.code === 'unauthorized') headers['WWW-Authenticate'] = 'Bearer realm="hookline"'
    if (error.code === 'method_not_allowed') {
      headers['Allow'] = [error.fields['allow'] ?? 'POST'].flat().join(', ')
    }
    // The rest of the body is not read, so the connection cannot be reused.
    if (BODY_UNREAD.has(error.code)) headers['Connection'] = 'close'
  }
  return { status: problem.status, headers, body: JSON.stringify(problem) } satisfies Answer
}

/** Answers with an error's problem details. */
export function answerProblem(context: Context, error: unknown): Response {
  const { status, headers, body } = problemAnswer(error)
  return context.body(body, status as ContentfulStatusCode, headers)
}
