import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { HttpTypes } from '../../http/types.ts'
import { isPublicHost } from '../guard/external-request.ts'

const NAME = 'hookline-session'

/** Value of the session cookie; null if there is none. */
export function sessionCookie(context: Context<HttpTypes>, publicUrl: string): string | null {
  const isSecure = isSecureRequest(context, publicUrl)
  return getCookie(context, NAME, isSecure ? 'host' : undefined) ?? null
}

/** Sets the session cookie; null deletes it. */
export function setSessionCookie(
  context: Context<HttpTypes>,
  publicUrl: string,
  given: { readonly value: string; readonly seconds: number } | null,
): void {
  const isSecure = isSecureRequest(context, publicUrl)
  const attributes = { path: '/', httpOnly: true, sameSite: 'Strict', secure: isSecure } as const
  const prefix = isSecure ? ({ prefix: 'host' } as const) : {}
  if (given === null) deleteCookie(context, NAME, { ...attributes, ...prefix })
  else setCookie(context, NAME, given.value, { ...attributes, ...prefix, maxAge: given.seconds })
}

// With an https `publicUrl`, a browser that uses the machine's own address still comes by plain http, and would drop a
// Secure cookie.
function isSecureRequest(context: Context<HttpTypes>, publicUrl: string): boolean {
  return publicUrl.startsWith('https:') && isPublicHost(context.req.header('host'), publicUrl)
}
