import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { adminGate } from './api/access/gate.ts'
import { RefusedCalls } from './api/access/refused-calls.ts'
import { setSecurityHeaders } from './api/access/security-headers.ts'
import { auditRoutes } from './api/audit.ts'
import { AuditLog } from './api/audit-log.ts'
import { requireRole } from './api/auth.ts'
import { configRoutes } from './api/config/routes.ts'
import { deliveryRoutes } from './api/deliveries.ts'
import { healthRoutes } from './api/health.ts'
import { metricsRoutes } from './api/metrics/routes.ts'
import { nodeRoutes } from './api/nodes.ts'
import { openApiRoutes } from './api/openapi/routes.ts'
import { answerProblem, isForCallers } from './api/problem.ts'
import { secretRoutes } from './api/secrets.ts'
import type { AppServices, HttpTypes, Services } from './api/services.ts'
import { sessionRoutes } from './api/session.ts'
import { TaskBells } from './api/task-bells.ts'
import { taskRoutes } from './api/tasks.ts'
import { tokenRoutes } from './api/tokens.ts'
import { webhookRoutes } from './api/webhooks.ts'
import type { Role } from './contracts/access.ts'
import { HooklineError } from './kit/errors.ts'
import { Roster } from './work/roster.ts'

/** The whole HTTP side as one Hono app; `app.request()` reaches all of it without a server. */
export function createApp(given: Services): Hono<HttpTypes> {
  const services = withOwn(given)
  const publicUrl = () => services.config().settings.publicUrl
  const app = new Hono<HttpTypes>()
  app.onError((error, context) => {
    if (!isForCallers(error)) {
      const { method, path } = context.req
      services.logger.error({ method, path: path.slice(0, 200), err: error }, 'request failed')
    }
    return answerProblem(context, error)
  })
  app.notFound((context) => {
    setSecurityHeaders(context, publicUrl())
    return answerProblem(context, new HooklineError('not_found', 'Nothing is at this path'))
  })

  // What a sender gave may be in any answer, so none is to be taken for a page. Webhooks and problems say so themselves:
  // middleware on their way would cost as much as the rest of it.
  if (services.takesDeliveries) app.route('/api/webhooks', webhookRoutes(services))
  const open = createMiddleware<HttpTypes>(async (context, next) => {
    setSecurityHeaders(context, publicUrl())
    await next()
  })
  app.use('/healthz', open).use('/readyz', open)
  app.route('/', healthRoutes(services))
  const gate = adminGate(services)
  // All else stands behind the gate, and takes a role. Null: the routes ask for it themselves.
  const mount = (path: string, role: Role | null, routes: Hono<HttpTypes>) => {
    app.use(`${path}/*`, gate)
    if (role !== null) app.use(`${path}/*`, requireRole(services, role))
    app.route(path, routes)
  }
  mount('/api/tasks', 'viewer', taskRoutes(services))
  mount('/api/deliveries', 'viewer', deliveryRoutes(services))
  mount('/api/nodes', 'viewer', nodeRoutes(services))
  mount('/api/session', null, sessionRoutes(services))
  mount('/api/tokens', 'admin', tokenRoutes(services))
  if (services.managed !== undefined) {
    mount('/api/config', 'viewer', configRoutes(services, services.managed))
  }
  mount('/api/openapi.json', 'viewer', openApiRoutes(services))
  mount('/api/audit', 'admin', auditRoutes(services))
  if (services.keeper !== undefined) {
    mount('/api/secrets', 'admin', secretRoutes(services, services.keeper))
  }
  const { metrics } = services
  if (metrics && services.config().settings.metrics.public) {
    app.use('/metrics', open).route('/metrics', metricsRoutes(metrics))
  } else if (metrics) mount('/metrics', 'viewer', metricsRoutes(metrics))
  return app
}

function withOwn(given: Services): AppServices {
  const { store, config, logger, stopping } = given
  const audit = new AuditLog(store, config)
  return {
    ...given,
    bells: new TaskBells(store, stopping),
    roster: new Roster({ store, config, clock: () => performance.now() }),
    audit,
    refused: new RefusedCalls(audit, logger, { clock: Date.now, stopping }),
  }
}
