import type { Context } from 'hono'
import { tokenMatches } from '../../kit/constant-time.ts'
import { HooklineError } from '../../kit/errors.ts'
import type { HttpTypes } from '../http-types.ts'

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Throws `csrf_refused` where a call made with a session's cookie could come from another page: it needs the session's
 * CSRF token, and a browser's word that it comes from the same origin.
 */
export function checkCsrf(context: Context<HttpTypes>, csrf: string): void {
  if (READING.has(context.req.method)) return
  const given = context.req.header('x-hookline-csrf')
  if (given === undefined || !tokenMatches(given, [csrf])) {
    throw refused('The header X-Hookline-CSRF is missing or wrong')
  }
  if (!isOfSameOrigin(context, false)) throw refused('The call comes from another origin')
}

/** The same for a call that needs no session yet: only what a browser says of its origin counts. */
export function checkOrigin(context: Context<HttpTypes>): void {
  if (!isOfSameOrigin(context, true)) throw refused('The call comes from another origin')
}

// Sec-Fetch-Site and Origin are headers that no page can set.
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
