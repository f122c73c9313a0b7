import { Hono } from 'hono'
import type { Role } from '../contracts/access.ts'
import type { PauseRecord } from '../contracts/pause.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { Roster } from '../work/roster.ts'
import { adminGuard } from './access/guard/admin-guard.ts'
import { RefusedCalls } from './access/guard/refused-calls.ts'
import { requireRole } from './access/guard/require-role.ts'
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
import { type AnswerErrorsOptions, answerErrors } from './http/answer-errors.ts'
import { entityTags, TAGGED_PATHS } from './http/entity-tags.ts'
import { jobRoutes } from './jobs/routes.ts'
import { mcpRoutes } from './mcp/routes.ts'
import { metricsRoutes } from './metrics/routes.ts'
import { nodeRoutes } from './node-routes.ts'
import { openApiRoutes } from './openapi/routes.ts'
import { pauseRoutes } from './pauses/routes.ts'
import { pluginRoutes } from './plugins/routes.ts'
import { programRoutes } from './programs/routes.ts'
import { registrationRoutes } from './registrations/routes.ts'
import { secretRoutes } from './secret-routes.ts'
import type { AppServices, FirstServices, HttpTypes } from './services.ts'
import { SharedRead } from './shared-read.ts'
import { sourceRoutes } from './sources/routes.ts'
import { errorRoutes, statsRoutes } from './stats/routes.ts'
import { approvalLinkRoutes } from './tasks/approval-link.ts'
import { taskRoutes } from './tasks/routes.ts'
import { tunnelRoutes } from './tunnel/routes.ts'

/** How long tasks are shown with the pauses that were read last. */
const PAUSES_FRESH_MS = 1000

/** The API for people, dashboards and tools. */
export function createApp(given: FirstServices, errors: AnswerErrorsOptions): Hono<HttpTypes> {
  const services = createServices(given)
  const app = new Hono<HttpTypes>()
  answerErrors(app, errors)
  for (const path of TAGGED_PATHS) app.use(path, entityTags)
  const guard = adminGuard(services)
  // All paths are guarded and require a role. Null: the routes require one themselves.
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
  mount('/api/openapi.json', 'viewer', openApiRoutes())
  mount('/mcp', 'viewer', mcpRoutes(app))
  mount('/api/audit', 'admin', auditRoutes(services))
  if (services.keeper !== undefined) {
    mount('/api/secrets', 'admin', secretRoutes(services, services.keeper))
    mount('/api/approval-links', null, approvalLinkRoutes(services, services.keeper))
  }
  // Public ones are there from the start.
  if (services.metrics && !services.config().settings.metrics.public) {
    mount('/metrics', 'viewer', metricsRoutes(services.metrics))
  }
  return app
}

function createServices(given: FirstServices): AppServices {
  const { store, config, logger, stopping } = given
  const audit = new AuditLog(store, config)
  return {
    ...given,
    liveChanges: new LiveChanges(store, stopping),
    roster: new Roster({ store, config }),
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
