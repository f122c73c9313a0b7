import { Hono } from 'hono'
import { z } from 'zod'
import { HooklineError } from '../../errors/errors.ts'
import { requireRole } from '../access/guard/require-role.ts'
import { checkBody, readJson } from '../http/json-body.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { registrationView } from './views.ts'

const MAX_BODY_BYTES = 64 * 1024

export const registrationBody = z.strictObject({
  action: z.enum(['register', 'unregister']).describe('What to do at the provider.'),
  source: z.string().optional().describe('Default: every source with the option `register`.'),
  targets: z
    .array(z.string())
    .max(100)
    .optional()
    .describe(
      'Targets as GET /api/registrations shows them, or others that are to be added. Default: all of the source.',
    ),
  events: z
    .array(z.string().regex(/^[\w.:*-]{1,100}$/, 'must be the name of an event'))
    .min(1)
    .max(200)
    .optional()
    .describe(
      "Events in the provider's words, for targets that the config does not name. Default: what they were, or else those that rules are on.",
    ),
  dryRun: z.boolean().default(false).describe('Only says what would be done.'),
})

/** `/api/registrations`: shows the webhooks at their providers, registers and removes them. */
export function registrationRoutes(services: AppServices): Hono<HttpTypes> {
  const { registrations, audit } = services
  const routes = new Hono<HttpTypes>()

  routes.get('/', async (context) => {
    const listed = (await registrations?.list()) ?? []
    const open = registrations?.open() ?? []
    return context.json({ registrations: listed.map(registrationView), open })
  })

  routes.post('/', requireRole(services, 'operator'), async (context) => {
    const request = checkBody(registrationBody, await readJson(context, MAX_BODY_BYTES))
    if (registrations === undefined) {
      throw new HooklineError('registration_unknown', 'This node takes no deliveries')
    }
    const results = await registrations.run(request, ({ action, target, detail }) => {
      return audit.record({ ...audit.entry(context, { action, target }), detail })
    })
    return context.json({ results })
  })
  return routes
}
