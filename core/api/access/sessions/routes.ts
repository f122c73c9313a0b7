import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Principal } from '../../../contracts/access.ts'
import { HooklineError } from '../../../errors/errors.ts'
import { checkBody, readJson } from '../../http/json-body.ts'
import { isoTime } from '../../iso-time.ts'
import type { AppServices, HttpTypes } from '../../services.ts'
import { attemptOf, bearerToken, requireRole, sessionOf } from '../guard/require-role.ts'
import { finishSignIn, providerSignOut, startSignIn } from '../oidc/sign-in.ts'
import { checkOrigin } from './csrf.ts'
import { setSessionCookie } from './session-cookie.ts'
import type { Session, SessionHolder } from './sessions.ts'

const MAX_BODY_BYTES = 16_384
const SECONDS_PER_HOUR = 3600

export const sessionBody = z.union([
  z.strictObject({ token: z.string().min(1).max(1000) }),
  z.strictObject({ code: z.string().min(1).max(100).describe('A one-time code.') }),
  z.strictObject({
    oidc: z
      .string()
      .min(1)
      .max(8000)
      .describe('The query with which the provider of `admin.oidc` sent the browser back.'),
  }),
])

export const signInBody = z.strictObject({
  next: z
    .string()
    .max(1000)
    .default('/')
    .describe('Path to open afterwards. Comes back in base64url after the dot in `state`.'),
})

/** `/api/session`: signs a browser in and out. POST needs no authentication: its body holds the proof. */
export function sessionRoutes(services: AppServices): Hono<HttpTypes> {
  const { access, audit } = services
  const routes = new Hono<HttpTypes>()
  const settings = () => services.config().settings
  const currentSession = (context: Context<HttpTypes>, { via }: Principal) =>
    via === 'session' ? sessionOf(context, services) : null

  const holderBy = async (
    proof: z.output<typeof sessionBody>,
    context: Context<HttpTypes>,
  ): Promise<SessionHolder> => {
    if ('oidc' in proof) return finishSignIn(context, services, proof.oidc)
    const attempt = attemptOf(context, services)
    return 'code' in proof
      ? access.holderOfCode(proof.code, attempt)
      : access.holderOf(proof.token, attempt)
  }

  routes.post('/', async (context) => {
    checkOrigin(context)
    const proof = checkBody(sessionBody, await readJson(context, MAX_BODY_BYTES))
    const holder = await holderBy(proof, context)
    const { name, role } = holder
    context.set('principal', { name, role, via: 'person' in holder ? 'session' : 'token' })
    const seconds = Math.ceil(settings().admin.sessionHours * SECONDS_PER_HOUR)
    const detail = 'person' in holder ? { role, ...holder.person } : {}
    const entry = audit.entry(context, { action: 'session.start', target: name, detail })
    const started = await access.sessions.start(holder, seconds, entry)
    setSessionCookie(context, settings().publicUrl, { value: started.cookie, seconds })
    return context.json(sessionView(started.session.principal, started.session), 201)
  })

  routes.get('/', requireRole(services, 'viewer'), (context) => {
    const principal = context.get('principal')
    return context.json(sessionView(principal, currentSession(context, principal)))
  })

  routes.post('/oidc', async (context) => {
    const { next } = checkBody(signInBody, await readJson(context, MAX_BODY_BYTES))
    return context.json({ url: await startSignIn(context, services, next) }, 201)
  })

  routes.post('/codes', requireRole(services, 'viewer'), async (context) => {
    const token = bearerToken(context)
    const holder = token === null ? null : access.tokens.find(token)
    if (holder === null) {
      throw new HooklineError('unauthorized', 'A one-time code is only given for a token')
    }
    const entry = audit.entry(context, { action: 'session.code', target: holder.name })
    const { code, expiresAt } = await audit.around(entry, async () => access.codes.issue(holder))
    const path = `/sign-in?code=${code}`
    return context.json({ code, path, expiresAt: isoTime(expiresAt) }, 201)
  })

  routes.delete('/', requireRole(services, 'viewer'), async (context) => {
    const principal = context.get('principal')
    const session = currentSession(context, principal)
    if (session === null)
      throw new HooklineError('session_missing', 'The call was made with a token')
    const entry = audit.entry(context, { action: 'session.end', target: principal.name })
    await access.sessions.end(session, entry)
    setSessionCookie(context, settings().publicUrl, null)
    const providerUrl = session.isOfPerson ? await providerSignOut(context, services) : null
    return context.json({ signedOut: true, providerUrl })
  })
  return routes
}

/** The caller. `csrf` and `expiresAt` are null without a session. */
function sessionView({ name, role, via }: Principal, session: Session | null) {
  const expiresAt = isoTime(session?.expiresAt ?? null)
  return { name, role, via, csrf: session?.csrf ?? null, expiresAt }
}
