import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Principal } from '../contracts/access.ts'
import { HooklineError } from '../kit/errors.ts'
import { checkOrigin } from './access/csrf.ts'
import { setSessionCookie } from './access/session-cookie.ts'
import type { Session } from './access/sessions.ts'
import { requireRole, sessionOf, tryOf } from './auth.ts'
import { checkBody, readJson } from './json-body.ts'
import type { AppServices, HttpTypes } from './services.ts'

const MAX_BODY_BYTES = 4096
const SECONDS_PER_HOUR = 3600

export const sessionBody = z.strictObject({ token: z.string().min(1).max(1000) })

/** `/api/session`: signing in with a browser, and out. POST is the one call here that takes no proof but its body. */
export function sessionRoutes(services: AppServices): Hono<HttpTypes> {
  const { access, audit } = services
  const routes = new Hono<HttpTypes>()
  const settings = () => services.config().settings
  const currentSession = (context: Context<HttpTypes>, { via }: Principal) =>
    via === 'session' ? sessionOf(context, services) : null

  routes.post('/', async (context) => {
    checkOrigin(context)
    const { token } = checkBody(sessionBody, await readJson(context, MAX_BODY_BYTES))
    const holder = access.holderOf(token, tryOf(context, services))
    const { name, role } = holder
    context.set('principal', { name, role, via: 'token' })
    const seconds = Math.ceil(settings().admin.sessionHours * SECONDS_PER_HOUR)
    const facts = { action: 'session.start', target: name, outcome: 'done' } as const
    const started = await access.sessions.start(holder, seconds, audit.entry(context, facts))
    setSessionCookie(context, settings().publicUrl, { value: started.cookie, seconds })
    return context.json(sessionView(started.session.principal, started.session), 201)
  })

  routes.get('/', requireRole(services, 'viewer'), (context) => {
    const principal = context.get('principal')
    return context.json(sessionView(principal, currentSession(context, principal)))
  })

  routes.delete('/', requireRole(services, 'viewer'), async (context) => {
    const principal = context.get('principal')
    const session = currentSession(context, principal)
    if (session === null) throw new HooklineError('session_missing', 'The call gave a token')
    const facts = { action: 'session.end', target: principal.name, outcome: 'done' } as const
    await access.sessions.end(session, audit.entry(context, facts))
    setSessionCookie(context, settings().publicUrl, null)
    return context.json({ signedOut: true })
  })
  return routes
}

/** Who calls; `csrf` and `expiresAt` are null where there is no session. */
export function sessionView({ name, role, via }: Principal, session: Session | null) {
  const expiresAt = session === null ? null : new Date(session.expiresAt).toISOString()
  return { name, role, via, csrf: session?.csrf ?? null, expiresAt }
}
