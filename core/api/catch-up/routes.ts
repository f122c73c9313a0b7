import { Hono } from 'hono'
import { z } from 'zod'
import { HooklineError } from '../../errors/errors.ts'
import { requireRole } from '../access/guard/require-role.ts'
import { checkBody, readJson } from '../http/json-body.ts'
import { moment } from '../http/moment.ts'
import { isoTime } from '../iso-time.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { feedView } from './views.ts'

const MAX_BODY_BYTES = 16 * 1024

export const catchUpBody = z.strictObject({
  source: z.string().optional().describe('Default: every source that can be asked for.'),
  since: moment.optional().describe('Default: from where it was left.'),
  dryRun: z.boolean().default(false).describe('Only says what would be asked for.'),
})

/** `/api/catch-up`: shows what is known about deliveries that did not arrive, and asks for them. */
export function catchUpRoutes(services: AppServices): Hono<HttpTypes> {
  const { catchUp, audit } = services
  const routes = new Hono<HttpTypes>()

  routes.get('/', async (context) => {
    const feeds = (await catchUp?.list()) ?? []
    return context.json({ feeds: feeds.map(feedView) })
  })

  routes.post('/', requireRole(services, 'operator'), async (context) => {
    const request = checkBody(catchUpBody, await readJson(context, MAX_BODY_BYTES))
    if (catchUp === undefined) {
      throw new HooklineError('catch_up_unknown', 'This node takes no deliveries')
    }
    const { source = '*', since, dryRun } = request
    const detail = { dryRun, ...(since !== undefined && { since: isoTime(since) }) }
    const entry = audit.entry(context, { action: 'catch_up.run', target: source, detail })
    const results = await audit.around(entry, async () => catchUp.run(request))
    return context.json({ results })
  })
  return routes
}
