import type { Context } from 'hono'
import { z } from 'zod'
import { HooklineError } from '../../../errors/errors.ts'
import type { HttpTypes, Services } from '../../services.ts'
import { attemptOf } from '../guard/require-role.ts'
import { isSecureRequest, privateCookie, setPrivateCookie } from '../sessions/session-cookie.ts'
import type { PersonHolder } from '../sessions/sessions.ts'
import { refused, type SignInChecks } from './provider.ts'

const COOKIE = 'hookline-sign-in'
const SECONDS = 600

const checksSchema = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
})

/** Starts a sign-in: returns where to send the browser, and gives it a cookie with what must come back. */
export async function startSignIn(
  context: Context<HttpTypes>,
  services: Services,
  next: string,
): Promise<string> {
  const { publicUrl } = services.config().settings
  const returnUrl = addressOf(context, services, '/sign-in/callback')
  const { url, checks } = await services.access.provider.start(returnUrl, next)
  const value = Buffer.from(JSON.stringify(checks)).toString('base64url')
  setPrivateCookie(context, publicUrl, { name: COOKIE, given: { value, seconds: SECONDS } })
  return url
}

/** Ends a sign-in with the query that the provider sent the browser back with. The cookie is used up. */
export async function finishSignIn(
  context: Context<HttpTypes>,
  services: Services,
  query: string,
): Promise<PersonHolder> {
  const { publicUrl } = services.config().settings
  const checks = parseChecks(privateCookie(context, publicUrl, COOKIE))
  setPrivateCookie(context, publicUrl, { name: COOKIE, given: null })
  if (checks === null) {
    throw refused('The sign-in was started in another browser, or more than ten minutes ago')
  }
  const url = new URL(addressOf(context, services, '/sign-in/callback'))
  url.search = query
  return services.access.holderOfReturn(url, checks, attemptOf(context, services))
}

/** Where the browser signs out of the provider too; null if it cannot. */
export function providerSignOut(
  context: Context<HttpTypes>,
  services: Services,
): Promise<string | null> {
  return services.access.provider.endUrl(addressOf(context, services, '/sign-in'))
}

/** A path at the address that the browser used, or at that of `admin.oidc.redirectUrl`. */
function addressOf(context: Context<HttpTypes>, services: Services, path: string): string {
  const { admin, publicUrl } = services.config().settings
  const scheme = isSecureRequest(context, publicUrl) ? 'https' : 'http'
  const used = `${scheme}://${context.req.header('host') ?? ''}`
  const base = admin.oidc?.redirectUrl ?? used
  if (URL.canParse(path, base)) return new URL(path, base).href
  throw new HooklineError('request_invalid', 'The header Host is missing or not valid')
}

function parseChecks(cookie: string | null): SignInChecks | null {
  try {
    return checksSchema.parse(JSON.parse(Buffer.from(cookie ?? '', 'base64url').toString()))
  } catch {
    return null
  }
}
