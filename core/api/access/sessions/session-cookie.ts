import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { HttpTypes } from '../../http/types.ts'
import { isPublicHost } from '../guard/external-request.ts'

const SESSION = 'hookline-session'

/** Value of the session cookie; null if there is none. */
export function sessionCookie(context: Context, publicUrl: string): string | null {
  return privateCookie(context, publicUrl, SESSION)
}

/** Sets the session cookie; null deletes it. */
export function setSessionCookie(
  context: Context<HttpTypes>,
  publicUrl: string,
  given: PrivateCookie | null,
): void {
  setPrivateCookie(context, publicUrl, { name: SESSION, given })
}

export interface PrivateCookie {
  readonly value: string
  readonly seconds: number
}

/** Value of a cookie that `setPrivateCookie` set; null if there is none. */
export function privateCookie(context: Context, publicUrl: string, name: string): string | null {
  const isSecure = isSecureRequest(context, publicUrl)
  return getCookie(context, name, isSecure ? 'host' : undefined) ?? null
}

/** Sets a cookie that no script sees and no other site makes a browser send; null deletes it. */
export function setPrivateCookie(
  context: Context<HttpTypes>,
  publicUrl: string,
  { name, given }: { readonly name: string; readonly given: PrivateCookie | null },
): void {
  const isSecure = isSecureRequest(context, publicUrl)
  const attributes = { path: '/', httpOnly: true, sameSite: 'Strict', secure: isSecure } as const
  const prefix = isSecure ? ({ prefix: 'host' } as const) : {}
  if (given === null) deleteCookie(context, name, { ...attributes, ...prefix })
  else setCookie(context, name, given.value, { ...attributes, ...prefix, maxAge: given.seconds })
}

// With an https `publicUrl`, a browser that uses the machine's own address still comes by plain http, and would drop a
// Secure cookie.
export function isSecureRequest(context: Context, publicUrl: string): boolean {
  return publicUrl.startsWith('https:') && isPublicHost(context.req.header('host'), publicUrl)
}
