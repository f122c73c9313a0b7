import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { setSecurityHeaders } from './access/guard/security-headers.ts'
import { healthRoutes } from './health-routes.ts'
import { answerErrors, type MissingPage } from './http/answer-errors.ts'
import { lazyApp } from './http/lazy-app.ts'
import { PROBLEMS } from './http/problem.ts'
import { metricsRoutes } from './metrics/routes.ts'
import { problemRoutes } from './problem-routes.ts'
import type { FirstServices, HttpTypes, Services } from './services.ts'
import { TaskUpdates } from './tasks/task-updates.ts'
import { createAcceptWebhook } from './webhooks/accept-webhook.ts'
import { createDirect, type Direct } from './webhooks/direct.ts'
import { createDeliver, webhookRoutes } from './webhooks/routes.ts'
import { RuleAnswers } from './webhooks/rule-answers.ts'
import { sourceAtPath } from './webhooks/source-paths.ts'

/** The HTTP side of a node. */
export interface HttpApp {
  /** Answers every request. `app.request()` calls it without a server. */
  readonly app: Hono<HttpTypes>
  /** Answers the usual deliveries in place of the app. Null: this node takes none. */
  readonly direct: Direct | null
  /** Has browsers get a page where nothing is, in place of problem details. */
  readonly showMissing: (page: MissingPage) => void
}

/**
 * Opens the HTTP side. Webhooks and health are there at once. The API is loaded at its first request, which takes about
 * 50 ms: a start need not wait for its hundred modules, and a node that is asked for nothing need not keep them in memory.
 */
export function createHttpApp(given: Services): HttpApp {
  const services: FirstServices = {
    ...given,
    taskUpdates: new TaskUpdates(given.store, given.stopping),
  }
  const app = new Hono<HttpTypes>()
  const accept = services.takesDeliveries ? createAcceptWebhook(services) : null
  const answers = new RuleAnswers(services)
  const deliver = accept && createDeliver(accept, { config: services.config, answers })
  const errors = {
    ...{ config: services.config, refusedRequests: services.refusedRequests },
    elsewhere(context: Context<HttpTypes>) {
      const source = sourceAtPath(services.config(), context.req.path)
      return deliver !== null && source !== undefined ? deliver(context, source) : null
    },
  }
  let missingPage: MissingPage = () => null
  answerErrors(app, { ...errors, missingPage: (context) => missingPage(context) })

  // Any answer may hold text of a sender, so no browser may render one as a page. Webhook answers and problems set their
  // headers themselves: middleware would double the cost of a webhook in this layer.
  if (deliver !== null) app.route('/api/webhooks', webhookRoutes(deliver))
  const publicHeaders = createMiddleware<HttpTypes>(async (context, next) => {
    setSecurityHeaders(context, services.config().settings.publicUrl)
    await next()
  })
  for (const path of ['/healthz', '/readyz', `${PROBLEMS}/*`]) app.use(path, publicHeaders)
  app.route('/', healthRoutes(services)).route(PROBLEMS, problemRoutes())
  const guarded = ['/api/*', '/mcp/*']
  const { metrics } = services
  if (!metrics || !services.config().settings.metrics.public) guarded.push('/metrics/*')
  else app.use('/metrics', publicHeaders).route('/metrics', metricsRoutes(metrics))
  const api = lazyApp(async () => {
    const { createApp } = await import('./app.ts')
    return createApp(services, errors)
  })
  for (const path of guarded) app.all(path, api)
  const showMissing = (page: MissingPage) => {
    missingPage = page
  }
  return { app, direct: accept && createDirect(accept, services), showMissing }
}
