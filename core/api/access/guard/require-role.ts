import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { type Principal, ROLES, type Role } from '../../../contracts/access.ts'
import { HooklineError } from '../../../errors/errors.ts'
import { callerAddress } from '../../http/caller.ts'
import type { HttpTypes, Services } from '../../services.ts'
import { checkCsrf } from '../sessions/csrf.ts'
import { sessionCookie } from '../sessions/session-cookie.ts'
import type { Session } from '../sessions/sessions.ts'

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i

/**
 * Requires the role or a higher one, and sets the variable `principal`. A loopback address proves nothing, since tunnels
 * connect from there. May be used several times for one request: the caller is authenticated once.
 */
export function requireRole(services: Services, role: Role) {
  return createMiddleware<HttpTypes>(async (context, next) => {
    const known: Principal | undefined = context.get('principal')
    const principal = known ?? authenticate(context, services)
    context.set('principal', principal)
    if (ROLES.indexOf(principal.role) < ROLES.indexOf(role)) {
      throw new HooklineError(
        'forbidden',
        `This call needs the role '${role}'; '${principal.name}' has '${principal.role}'`,
      )
    }
    await next()
  })
}

/** By bearer token (RFC 6750), or by the cookie of a session if there is no `Authorization` header. */
function authenticate(context: Context<HttpTypes>, services: Services): Principal {
  const token = bearerToken(context)
  if (token !== null) {
    const { name, role, digest } = services.access.holderOf(token, attemptOf(context, services))
    context.set('isStillValid', () => services.access.tokens.holderOf(digest) !== null)
    return { name, role, via: 'token' }
  }
  const session = sessionOf(context, services)
  if (session === null) {
    throw new HooklineError('unauthorized', 'There is no Authorization header and no session')
  }
  checkCsrf(context, session.csrf)
  context.set('isStillValid', () => sessionOf(context, services) !== null)
  return session.principal
}

/** The token in the header `Authorization`: empty if the header has another form, null if there is none. */
export function bearerToken(context: Context<HttpTypes>): string | null {
  const header = context.req.header('authorization')
  return header === undefined ? null : (BEARER.exec(header)?.[1] ?? '')
}

/** The session of the call's cookie; null if there is none or it has ended. */
export function sessionOf(context: Context<HttpTypes>, services: Services): Session | null {
  const cookie = sessionCookie(context, services.config().settings.publicUrl)
  return cookie === null ? null : services.access.sessions.find(cookie)
}

/** How a call counts against the throttle if its token is wrong. */
export function attemptOf(context: Context<HttpTypes>, services: Services) {
  const { trustedProxies, admin } = services.config().settings
  return { address: callerAddress(context, trustedProxies), maxFailures: admin.maxFailures }
}
