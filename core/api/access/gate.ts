import { createMiddleware } from 'hono/factory'
import { HooklineError } from '../../kit/errors.ts'
import type { HttpTypes } from '../http-types.ts'
import type { AppServices } from '../services.ts'
import { isPublicHost, proxyHeader } from './came-through.ts'
import { isRefusal } from './refused-calls.ts'
import { setSecurityHeaders } from './security-headers.ts'

/** Stands before all that is not for everybody: security headers, the way that a call came, a note of each refusal. */
export function adminGate(services: AppServices) {
  return createMiddleware<HttpTypes>(async (context, next) => {
    const { admin, publicUrl } = services.config().settings
    setSecurityHeaders(context, publicUrl)
    const fault = admin.public ? null : comesFromOutside(context.req.header(), publicUrl)
    if (fault !== null) {
      services.refused.note(context, fault)
      throw fault
    }
    await next()
    // What a later part threw was answered by then, and stands here.
    if (isRefusal(context.error)) services.refused.note(context, context.error)
  })
}

function comesFromOutside(
  headers: Readonly<Record<string, string>>,
  publicUrl: string,
): HooklineError | null {
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
