import { Hono } from 'hono'
import type { RunningConfig } from '../../contracts/config.ts'
import { HooklineError } from '../../errors/errors.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { requireRole } from '../access/guard/require-role.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { answerTest } from './test-delivery.ts'
import { sourceDetailView, sourceViews } from './views.ts'

/** `/api/sources`: shows the sources in force, with the event types and facts that they document, and tests them. */
export function sourceRoutes(services: AppServices): Hono<HttpTypes> {
  const { config } = services
  const routes = new Hono<HttpTypes>()

  routes.get('/', (context) => context.json({ sources: sourceViews(config()) }))

  routes.get('/:name', (context) => {
    const name = context.req.param('name')
    const view = sourceDetailView(config(), name)
    if (view !== null) return context.json(view)
    throw unknown(config(), name)
  })

  routes.post('/:name/test', requireRole(services, 'operator'), (context) => {
    const name = context.req.param('name')
    const source = config().sources.get(name)
    if (source === undefined) throw unknown(config(), name)
    return answerTest(context, { services, source })
  })
  return routes
}

function unknown({ sources }: RunningConfig, name: string): HooklineError {
  const printable = name.replace(/[^\x20-\x7e]/g, '?').slice(0, 64)
  const near = suggestion(printable, sources.keys())
  return new HooklineError('source_unknown', `There is no source '${printable}'.${near}`, {
    remedy: 'See GET /api/sources for their names.',
  })
}
