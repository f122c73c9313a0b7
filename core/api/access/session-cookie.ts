import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { HttpTypes } from '../http-types.ts'
import { isPublicHost } from './came-through.ts'

const NAME = 'hookline-session'

/** The value of the session's cookie; null where there is none. */
export function sessionCookie(context: Context<HttpTypes>, publicUrl: string): string | null {
  const isSecure = isSecureWay(context, publicUrl)
  return getCookie(context, NAME, isSecure ? 'host' : undefined) ?? null
}

/** Gives the browser a session, or takes it away (null). */
export function setSessionCookie(
  context: Context<HttpTypes>,
  publicUrl: string,
  given: { readonly value: string; readonly seconds: number } | null,
): void {
  const isSecure = isSecureWay(context, publicUrl)
  const way = { path: '/', httpOnly: true, sameSite: 'Strict', secure: isSecure } as const
  const prefix = isSecure ? ({ prefix: 'host' } as const) : {}
  if (given === null) deleteCookie(context, NAME, { ...way, ...prefix })
  else setCookie(context, NAME, given.value, { ...way, ...prefix, maxAge: given.seconds })
}

// Where the public URL is https but the browser came by this machine's own address, it came by plain http: browsers
// would drop a Secure cookie.
function isSecureWay(context: Context<HttpTypes>, publicUrl: string): boolean {
  return publicUrl.startsWith('https:') && isPublicHost(context.req.header('host'), publicUrl)
}
