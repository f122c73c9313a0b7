import type { Context, Hono } from 'hono'
import type { RunningConfig } from '../../contracts/config.ts'
import { ERRORS, HooklineError } from '../../errors/errors.ts'
import { setSecurityHeaders } from '../access/guard/security-headers.ts'
import { isWebhookPath } from '../webhooks/source-paths.ts'
import { methodsOf } from './allowed-methods.ts'
import { callerAddress } from './caller.ts'
import { answerProblem, isForCallers } from './problem.ts'
import type { RefusedRequests } from './refused-requests.ts'
import type { HttpTypes } from './types.ts'

export interface AnswerErrorsOptions {
  readonly config: () => RunningConfig
  readonly refusedRequests: RefusedRequests
  /** Answers a request to a path without a route; null if it has no answer either. */
  readonly elsewhere: (context: Context<HttpTypes>) => Promise<Response> | null
  /** Answers a browser that asks for a page where nothing is; null: it gets what everybody gets. Default: null. */
  readonly missingPage?: MissingPage
}

export type MissingPage = (context: Context<HttpTypes>) => Promise<Response> | null

/** Answers what an app throws, and what it has no route for, with problem details. */
export function answerErrors(
  app: Hono<HttpTypes>,
  { config, refusedRequests, elsewhere, missingPage }: AnswerErrorsOptions,
): void {
  const record = (context: Context<HttpTypes>, error: HooklineError) => {
    const { method, path } = context.req
    const client = callerAddress(context, config().settings.trustedProxies)
    refusedRequests.record({ method, path, client }, error)
  }
  app.onError((error, context) => {
    const fault = faultToRecord(error, isWebhookPath(config(), context.req.path))
    if (fault !== null) record(context, fault)
    return answerProblem(context, error)
  })
  const allowed = methodsOf(app)
  app.notFound((context) => {
    const answer = elsewhere(context)
    if (answer !== null) return answer
    setSecurityHeaders(context, config().settings.publicUrl)
    const error = missing(context.req.method, allowed(context.req.path))
    record(context, error)
    const page = asksForPage(context) ? missingPage?.(context) : null
    return page ?? answerProblem(context, error)
  })
}

/** Whether a browser has opened an address, or a program that can show a page. */
export function asksForPage({ req }: Context): boolean {
  const isRead = req.method === 'GET' || req.method === 'HEAD'
  return isRead && req.header('accept')?.includes('text/html') === true
}

/** `allow`: the methods that the path has; none: it has no route at all. */
function missing(method: string, allow: readonly string[]): HooklineError {
  if (allow.length === 0) return new HooklineError('not_found', 'Nothing is at this path')
  return new HooklineError('method_not_allowed', `${method} is not for this path`, {
    remedy: `Use ${allow.join(' or ')}.`,
    fields: { allow },
  })
}

/** The error to be recorded for one that is answered; null if something else tells of it. */
export function faultToRecord(error: unknown, isWebhook: boolean): HooklineError | null {
  const fault = isForCallers(error) ? error : internalError(error)
  return isUnrecorded(fault, isWebhook) ? fault : null
}

export function internalError(error: unknown): HooklineError {
  return new HooklineError('internal', 'An error that nothing expected', { cause: error })
}

/**
 * Whether nothing else tells of an error. A refused delivery has a record, a refused call of the admin API is in the audit
 * log, and other faults of its callers are theirs alone.
 */
function isUnrecorded({ code, fields }: HooklineError, isWebhook: boolean): boolean {
  const entry = ERRORS[code]
  if (!('status' in entry) || entry.status >= 500) return true
  return isWebhook && !('deliveryId' in fields)
}
