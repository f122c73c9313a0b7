import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ERRORS, type ErrorCode, HooklineError, isHooklineError } from '../kit/errors.ts'

/** An error as RFC 9457 problem details, with Hookline's code beside. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly remedy: string
  readonly errors?: unknown
}

const UNREAD: ReadonlySet<ErrorCode> = new Set([
  'delivery_too_large',
  'delivery_timeout',
  'overloaded',
])

/** Whether an error is one that callers may be told of: its code has a status. All else is for the log. */
export function isForCallers(error: unknown): error is HooklineError {
  return isHooklineError(error) && 'status' in ERRORS[error.code]
}

/** The body for an error. One that is not for callers says nothing of itself: the log has it. */
export function toProblem(error: unknown): Problem {
  const known = isForCallers(error) ? error : new HooklineError('internal', 'See the service log')
  const entry = ERRORS[known.code]
  return {
    type: `urn:hookline:error:${known.code}`,
    title: entry.title,
    status: 'status' in entry ? entry.status : 500,
    detail: known.message,
    code: known.code,
    remedy: known.remedy,
    ...('errors' in known.fields ? { errors: known.fields['errors'] } : {}),
  }
}

/** Answers with an error's problem details, and Retry-After where the error has one (RFC 9110, section 10.2.3). */
export function answerProblem(context: Context, error: unknown): Response {
  const problem = toProblem(error)
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'X-Content-Type-Options': 'nosniff',
  }
  if (isForCallers(error)) {
    const seconds = error.fields['retryAfterSeconds']
    if (typeof seconds === 'number') headers['Retry-After'] = String(seconds)
    if (error.code === 'unauthorized') headers['WWW-Authenticate'] = 'Bearer realm="hookline"'
    if (error.code === 'method_not_allowed') headers['Allow'] = 'POST'
    // The rest of such a body is not read, so the connection cannot be used again.
    if (UNREAD.has(error.code)) headers['Connection'] = 'close'
  }
  return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, headers)
}
