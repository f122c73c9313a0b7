import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { AuditLog } from './api/audit-log.ts'
import { requireRole } from './api/auth.ts'
import { deliveryRoutes } from './api/deliveries.ts'
import { healthRoutes } from './api/health.ts'
import { answerProblem, isForCallers } from './api/problem.ts'
import type { AppServices, HttpTypes, Services } from './api/services.ts'
import { TaskBells } from './api/task-bells.ts'
import { taskRoutes } from './api/tasks.ts'
import { webhookRoutes } from './api/webhooks.ts'
import { HooklineError } from './kit/errors.ts'

// What a sender gave may be in any answer; no browser is to take it for a page. Webhooks and problems say so themselves:
// middleware on their way would cost as much as the rest of it.
const noSniffing = createMiddleware(async (context, next) => {
  context.header('X-Content-Type-Options', 'nosniff')
  await next()
})

/** The whole HTTP side as one Hono app; `app.request()` reaches all of it without a server. */
export function createApp(given: Services): Hono<HttpTypes> {
  const services: AppServices = {
    ...given,
    bells: new TaskBells(given.store, given.stopping),
    audit: new AuditLog(given.store, given.config),
  }
  const app = new Hono<HttpTypes>()
  app.onError((error, context) => {
    if (!isForCallers(error)) {
      const { method, path } = context.req
      services.logger.error({ method, path: path.slice(0, 200), err: error }, 'request failed')
    }
    return answerProblem(context, error)
  })
  app.notFound((context) =>
    answerProblem(context, new HooklineError('not_found', 'Nothing is at this path')),
  )

  if (services.takesDeliveries) app.route('/api/webhooks', webhookRoutes(services))
  for (const path of ['/healthz', '/readyz', '/api/tasks/*', '/api/deliveries/*']) {
    app.use(path, noSniffing)
  }
  app.route('/', healthRoutes(services))
  app.use('/api/tasks/*', requireRole(services, 'viewer'))
  app.use('/api/deliveries/*', requireRole(services, 'viewer'))
  app.route('/api/tasks', taskRoutes(services))
  app.route('/api/deliveries', deliveryRoutes(services))
  return app
}
