import type { Context } from 'hono'
import { HooklineError } from '../../../errors/errors.ts'
import { tokenMatches } from '../../../kit/constant-time.ts'
import type { HttpTypes } from '../../http/types.ts'

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Throws `csrf_refused` unless a call by session cookie has the session's CSRF token and, according to the browser, comes
 * from the same origin. Calls that only read need neither.
 */
export function checkCsrf(context: Context<HttpTypes>, csrf: string): void {
  if (READING.has(context.req.method)) return
  const given = context.req.header('x-hookline-csrf')
  if (given === undefined || !tokenMatches(given, [csrf])) {
    throw refused('The header X-Hookline-CSRF is missing or wrong')
  }
  if (!isOfSameOrigin(context, false)) throw refused('The call comes from another origin')
}

/** The same for a call without a session: only the origin is checked, and only if a browser sent it. */
export function checkOrigin(context: Context<HttpTypes>): void {
  if (!isOfSameOrigin(context, true)) throw refused('The call comes from another origin')
}

// Pages cannot set Sec-Fetch-Site and Origin.
function isOfSameOrigin(context: Context<HttpTypes>, isProgramAllowed: boolean): boolean {
  const site = context.req.header('sec-fetch-site')
  const origin = context.req.header('origin')
  if (site === undefined && origin === undefined) return isProgramAllowed
  if (site !== undefined && site !== 'same-origin') return false
  return origin === undefined || hostOf(origin) === context.req.header('host')?.toLowerCase()
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}

function refused(message: string): HooklineError {
  return new HooklineError('csrf_refused', message)
}
