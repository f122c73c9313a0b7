import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Role } from '../contracts/access.ts'
import type { PauseRecord } from '../contracts/pause.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { ERRORS, HooklineError } from '../errors/errors.ts'
import { Roster } from '../work/roster.ts'
import { adminGuard } from './access/guard/admin-guard.ts'
import { RefusedCalls } from './access/guard/refused-calls.ts'
import { requireRole } from './access/guard/require-role.ts'
import { setSecurityHeaders } from './access/guard/security-headers.ts'
import { sessionRoutes } from './access/sessions/routes.ts'
import { tokenRoutes } from './access/tokens/routes.ts'
import { AuditLog } from './audit/audit-log.ts'
import { auditRoutes } from './audit/routes.ts'
import { catchUpRoutes } from './catch-up/routes.ts'
import { conditionRoutes } from './conditions/routes.ts'
import { TrialLimit } from './conditions/trial-limit.ts'
import { configRoutes } from './config/routes.ts'
import { deliveryRoutes } from './deliveries/routes.ts'
import { LiveChanges } from './events/live-changes.ts'
import { eventRoutes } from './events/routes.ts'
import { healthRoutes } from './health-routes.ts'
import { callerAddress } from './http/caller.ts'
import { answerProblem, isForCallers } from './http/problem.ts'
import { jobRoutes } from './jobs/routes.ts'
import { metricsRoutes } from './metrics/routes.ts'
import { nodeRoutes } from './node-routes.ts'
import { openApiRoutes } from './openapi/routes.ts'
import { pauseRoutes } from './pauses/routes.ts'
import { pluginRoutes } from './plugins/routes.ts'
import { programRoutes } from './programs/routes.ts'
import { registrationRoutes } from './registrations/routes.ts'
import { secretRoutes } from './secret-routes.ts'
import type { AppServices, HttpTypes, Services } from './services.ts'
import { SharedRead } from './shared-read.ts'
import { sourceRoutes } from './sources/routes.ts'
import { errorRoutes, statsRoutes } from './stats/routes.ts'
import { taskRoutes } from './tasks/routes.ts'
import { TaskUpdates } from './tasks/task-updates.ts'
import { tunnelRoutes } from './tunnel/routes.ts'
import { createDeliver, webhookRoutes } from './webhooks/routes.ts'
import { isWebhookPath, sourceAtPath } from './webhooks/source-paths.ts'

const WEBHOOKS = '/api/webhooks'
/** How long tasks are shown with the pauses that were read last. */
const PAUSES_FRESH_MS = 1000

/** The HTTP side as one Hono app. `app.request()` calls it without a server. */
export function createApp(given: Services): Hono<HttpTypes> {
  const services = createServices(given)
  const publicUrl = () => services.config().settings.publicUrl
  const app = new Hono<HttpTypes>()
  const recordRefused = (context: Context<HttpTypes>, error: HooklineError) => {
    const { method, path } = context.req
    const client = callerAddress(context, services.config().settings.trustedProxies)
    services.refusedRequests.record({ method, path, client }, error)
  }
  app.onError((error, context) => {
    const known = isForCallers(error) ? error : internalError(error)
    if (isUnrecorded(known, isWebhookPath(services.config(), context.req.path)))
      recordRefused(context, known)
    return answerProblem(context, error)
  })
  const deliver = services.takesDeliveries ? createDeliver(services) : null
  app.notFound((context) => {
    const source = sourceAtPath(services.config(), context.req.path)
    if (deliver !== null && source !== undefined) return deliver(context, source)
    setSecurityHeaders(context, publicUrl())
    const error = new HooklineError('not_found', 'Nothing is at this path')
    recordRefused(context, error)
    return answerProblem(context, error)
  })

  // Any answer may hold text of a sender, so no browser may render one as a page. Webhook answers and problems set their
  // headers themselves: middleware would double the cost of a webhook in this layer.
  if (deliver !== null) app.route(WEBHOOKS, webhookRoutes(deliver))
  const publicHeaders = createMiddleware<HttpTypes>(async (context, next) => {
    setSecurityHeaders(context, publicUrl())
    await next()
  })
  app.use('/healthz', publicHeaders).use('/readyz', publicHeaders)
  app.route('/', healthRoutes(services))
  const guard = adminGuard(services)
  // All other paths are guarded and require a role. Null: the routes require one themselves.
  const mount = (path: string, role: Role | null, routes: Hono<HttpTypes>) => {
    app.use(`${path}/*`, guard)
    if (role !== null) app.use(`${path}/*`, requireRole(services, role))
    app.route(path, routes)
  }
  mount('/api/tasks', 'viewer', taskRoutes(services))
  mount('/api/deliveries', 'viewer', deliveryRoutes(services))
  mount('/api/sources', 'viewer', sourceRoutes(services))
  mount('/api/plugins', 'viewer', pluginRoutes(services))
  mount('/api/jobs', 'viewer', jobRoutes(services))
  mount('/api/programs', 'viewer', programRoutes(services))
  mount('/api/conditions', 'operator', conditionRoutes(services))
  mount('/api/nodes', 'viewer', nodeRoutes(services))
  mount('/api/tunnel', 'viewer', tunnelRoutes(services))
  mount('/api/stats', 'viewer', statsRoutes(services))
  mount('/api/errors', 'viewer', errorRoutes(services))
  mount('/api/events', 'viewer', eventRoutes(services))
  mount('/api/pauses', 'viewer', pauseRoutes(services))
  mount('/api/catch-up', 'viewer', catchUpRoutes(services))
  mount('/api/registrations', 'viewer', registrationRoutes(services))
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
    app.use('/metrics', publicHeaders).route('/metrics', metricsRoutes(metrics))
  } else if (metrics) mount('/metrics', 'viewer', metricsRoutes(metrics))
  return app
}

function internalError(error: Error): HooklineError {
  return new HooklineError('internal', 'An error that nothing expected', { cause: error })
}

/**
 * Whether nothing else tells of an error. A refused delivery has a record, a refused call of the admin API is in the audit
 * log, and other faults of its callers are theirs alone.
 */
function isUnrecorded({ code, fields }: HooklineError, isWebhook: boolean): boolean {
  const entry = ERRORS[code]
  if (!('status' in entry) || entry.status >= 500) return true
  return isWebhook && !('deliveryId' in fields)
}

function createServices(given: Services): AppServices {
  const { store, config, logger, stopping } = given
  const audit = new AuditLog(store, config)
  return {
    ...given,
    taskUpdates: new TaskUpdates(store, stopping),
    liveChanges: new LiveChanges(store, stopping),
    roster: new Roster({ store, config, clock: () => performance.now() }),
    pauses: sharePauses(store, stopping),
    audit,
    trials: new TrialLimit(),
    refusedCalls: new RefusedCalls(audit, logger, { clock: Date.now, stopping }),
  }
}

/** What is paused, read again after each change of it. */
function sharePauses(
  store: StoreInstance,
  stopping: AbortSignal,
): SharedRead<readonly PauseRecord[]> {
  const pauses = new SharedRead(() => store.pauses(), PAUSES_FRESH_MS)
  const unsubscribe = store.subscribe(({ kind }) => {
    if (kind === 'pause') pauses.forget()
  })
  stopping.addEventListener('abort', unsubscribe, { once: true })
  return pauses
}
