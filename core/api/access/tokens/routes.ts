import { Hono } from 'hono'
import { z } from 'zod'
import { ROLES } from '../../../contracts/access.ts'
import { checkBody, readJson } from '../../http/json-body.ts'
import { isoTime } from '../../iso-time.ts'
import type { AppServices, HttpTypes } from '../../services.ts'
import type { StoredToken } from '../schemas.ts'
import { isInForce } from './tokens.ts'

const MAX_BODY_BYTES = 4096

const tokenName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, `.`, `_`, `-`')

export const newTokenBody = z.strictObject({
  name: tokenName,
  role: z.enum(ROLES),
  /** Null or absent: the token never expires. */
  expiresAt: z.iso.datetime({ offset: true }).nullish(),
})

/** `/api/tokens`: creates, lists and revokes access tokens. For admins. */
export function tokenRoutes(services: AppServices): Hono<HttpTypes> {
  const { audit } = services
  const { tokens } = services.access
  const routes = new Hono<HttpTypes>()

  routes.get('/', (context) => context.json({ tokens: tokens.list().map(tokenView) }))

  routes.post('/', async (context) => {
    const body = await readJson(context, MAX_BODY_BYTES)
    const { name, role, expiresAt } = checkBody(newTokenBody.refine(isAhead, PAST), body)
    const token = {
      name,
      role,
      createdBy: context.get('principal'),
      expiresAt: typeof expiresAt === 'string' ? Date.parse(expiresAt) : null,
    }
    const detail = { role, expiresAt: expiresAt ?? null }
    const entry = audit.entry(context, { action: 'token.create', target: name, detail })
    const created = await tokens.create(token, entry)
    context.header('Location', `/api/tokens/${name}`)
    return context.json({ ...tokenView(created.stored), token: created.token }, 201)
  })

  routes.delete('/:name', async (context) => {
    const target = context.req.param('name')
    const entry = audit.entry(context, { action: 'token.revoke', target })
    return context.json(tokenView(await tokens.revoke(target, entry)))
  })
  return routes
}

const PAST = { path: ['expiresAt'], message: 'must be in the future' }

function isAhead({ expiresAt }: z.output<typeof newTokenBody>): boolean {
  return typeof expiresAt !== 'string' || Date.parse(expiresAt) > Date.now()
}

/** A token as the API shows it, without its text and its hash. */
function tokenView(token: StoredToken) {
  const { name, role, createdAt, createdBy, expiresAt } = token
  return {
    name,
    role,
    createdBy,
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    expired: !isInForce(token, Date.now()),
  }
}

export type TokenView = ReturnType<typeof tokenView>
