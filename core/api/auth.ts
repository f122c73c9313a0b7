import { createMiddleware } from 'hono/factory'
import { HooklineError } from '../kit/errors.ts'
import type { HttpTypes, Services } from './services.ts'

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i

/** Lets only a bearer of the admin token through (RFC 6750). The loopback address is no proof: tunnels arrive from there. */
export function requireAdmin(services: Services) {
  return createMiddleware<HttpTypes>(async (context, next) => {
    const header = context.req.header('authorization')
    if (header === undefined)
      throw new HooklineError('unauthorized', 'There is no Authorization header')
    const token = BEARER.exec(header)?.[1]
    if (token === undefined || !services.isAdminToken(token)) {
      throw new HooklineError(
        'unauthorized',
        'The Authorization header does not hold the admin token',
      )
    }
    context.header('Cache-Control', 'no-store')
    await next()
  })
}
