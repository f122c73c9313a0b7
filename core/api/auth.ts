import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { type Principal, ROLES, type Role } from '../contracts/access.ts'
import { HooklineError } from '../kit/errors.ts'
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
    if (ROLES.indexOf(principal.role) < ROLES.indexOf(role)) {
      throw new HooklineError(
        'forbidden',
        `This takes the role '${role}'; '${principal.name}' has '${principal.role}'`,
      )
    }
    context.set('principal', principal)
    context.header('Cache-Control', 'no-store')
    await next()
  })
}

/** RFC 6750. */
function authenticate(context: Context<HttpTypes>, { access }: Services): Principal {
  const header = context.req.header('authorization')
  if (header === undefined)
    throw new HooklineError('unauthorized', 'There is no Authorization header')
  const token = BEARER.exec(header)?.[1]
  const principal = token === undefined ? null : access.principalOf(token)
  if (principal === null) {
    throw new HooklineError('unauthorized', 'The Authorization header does not hold a valid token')
  }
  return principal
}
