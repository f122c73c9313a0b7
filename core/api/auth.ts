import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { type Principal, ROLES, type Role } from '../contracts/access.ts'
import { HooklineError } from '../kit/errors.ts'
import { checkCsrf } from './access/csrf.ts'
import { sessionCookie } from './access/session-cookie.ts'
import type { Session } from './access/sessions.ts'
import { callerAddress } from './caller.ts'
import type { HttpTypes, Services } from './services.ts'

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i

/**
 * Lets through who has the role or a higher one, as the variable `principal`. The loopback address is no proof: tunnels
 * arrive from there. May stand several times on the way of one request: it is asked once who calls.
 */
export function requireRole(services: Services, role: Role) {
  return createMiddleware<HttpTypes>(async (context, next) => {
    const known: Principal | undefined = context.get('principal')
    const principal = known ?? authenticate(context, services)
    context.set('principal', principal)
    if (ROLES.indexOf(principal.role) < ROLES.indexOf(role)) {
      throw new HooklineError(
        'forbidden',
        `This takes the role '${role}'; '${principal.name}' has '${principal.role}'`,
      )
    }
    await next()
  })
}

/** A bearer token counts (RFC 6750); without one, the cookie of a session. */
function authenticate(context: Context<HttpTypes>, services: Services): Principal {
  const header = context.req.header('authorization')
  if (header !== undefined) {
    const token = BEARER.exec(header)?.[1] ?? ''
    const { name, role, digest } = services.access.holderOf(token, tryOf(context, services))
    context.set('holds', () => services.access.tokens.holderOf(digest) !== null)
    return { name, role, via: 'token' }
  }
  const session = sessionOf(context, services)
  if (session === null) {
    throw new HooklineError('unauthorized', 'There is no Authorization header and no session')
  }
  checkCsrf(context, session.csrf)
  context.set('holds', () => sessionOf(context, services) !== null)
  return session.principal
}

/** The session of the call's cookie; null where there is none in force. */
export function sessionOf(context: Context<HttpTypes>, services: Services): Session | null {
  const cookie = sessionCookie(context, services.config().settings.publicUrl)
  return cookie === null ? null : services.access.sessions.find(cookie)
}

/** How a call that gives a token is counted where the token is wrong. */
export function tryOf(context: Context<HttpTypes>, services: Services) {
  const { trustedProxies, admin } = services.config().settings
  return { address: callerAddress(context, trustedProxies), maxFailures: admin.maxFailures }
}
