import { createMiddleware } from 'hono/factory'
import { HooklineError } from '../../../errors/errors.ts'
import type { Settings } from '../../../settings/settings.ts'
import type { HttpTypes } from '../../http/types.ts'
import type { AppServices } from '../../services.ts'
import { isPublicHost, proxyHeader } from './external-request.ts'
import { isRefusal } from './refused-calls.ts'
import { setSecurityHeaders } from './security-headers.ts'

/** Guards every path that is not public: sets security headers, refuses external requests, records refused calls. */
export function adminGuard(services: AppServices) {
  return createMiddleware<HttpTypes>(async (context, next) => {
    const { settings } = services.config()
    setSecurityHeaders(context, settings.publicUrl)
    const fault = externalFault(context.req.header(), settings)
    if (fault !== null) {
      services.refusedCalls.record(context, fault)
      throw fault
    }
    await next()
    // An error thrown later has been answered by now, and is kept here by Hono.
    if (isRefusal(context.error)) services.refusedCalls.record(context, context.error)
  })
}

/** Why a call from outside this machine's network is refused; null if it is allowed, or is none. */
export function externalFault(
  headers: Readonly<Record<string, string>>,
  { admin, publicUrl }: Pick<Settings, 'admin' | 'publicUrl'>,
): HooklineError | null {
  if (admin.public) return null
  const header = proxyHeader(Object.keys(headers))
  if (header !== null) {
    return new HooklineError(
      'admin_not_public',
      `The call came through a proxy: it has '${header}'`,
    )
  }
  if (!isPublicHost(headers['host'], publicUrl)) return null
  return new HooklineError('admin_not_public', 'The call came to the host of `publicUrl`')
}
