import type { Role } from '../../../../core/contracts/access.ts'

/** Who may call a route, and what it answers whoever may. */
export type RouteAccess =
  /** Anybody, from anywhere: not guarded. */
  | { readonly open: true; readonly answers: number }
  | {
      /** The least role. */
      readonly role: Role
      /** Status for those who may, with what is sent here: often that such a thing is not there. */
      readonly answers: number
      readonly json?: unknown
      /** Without a session there is nothing to do: the answer to a token. */
      readonly answersToken?: number
      /** Only tokens can do it: the answer to a session. */
      readonly answersSession?: number
    }

const DIGEST = '0'.repeat(64)

/**
 * Every route of the app, `METHOD /path` as Hono has it; parameters are filled in with `none`. A route that is not
 * here fails the test: decide who may call it, then add it.
 */
export const ROUTES: Readonly<Record<string, RouteAccess>> = {
  'POST /api/webhooks/:source': { open: true, answers: 404 },
  'GET /api/webhooks/:source': { open: true, answers: 404 },
  'PUT /api/webhooks/:source': { open: true, answers: 404 },
  'OPTIONS /api/webhooks/:source': { open: true, answers: 404 },
  'GET /healthz': { open: true, answers: 200 },
  'GET /readyz': { open: true, answers: 200 },
  'GET /problems/:code': { open: true, answers: 404 },

  'GET /api/tasks': { role: 'viewer', answers: 200 },
  'GET /api/tasks/:id': { role: 'viewer', answers: 404 },
  'GET /api/tasks/:id/input': { role: 'viewer', answers: 404 },
  'GET /api/tasks/:id/log': { role: 'viewer', answers: 404 },
  'GET /api/tasks/:id/approval': { role: 'viewer', answers: 404 },
  'POST /api/tasks/:id/approve': { role: 'viewer', json: { digest: DIGEST }, answers: 404 },
  'POST /api/tasks/:id/reject': { role: 'viewer', json: { digest: DIGEST }, answers: 404 },
  'POST /api/tasks/:id/retry': { role: 'operator', answers: 404 },
  'POST /api/tasks/:id/cancel': { role: 'operator', answers: 404 },

  'GET /api/deliveries': { role: 'viewer', answers: 200 },
  'GET /api/deliveries/:id': { role: 'viewer', answers: 404 },
  'GET /api/deliveries/:id/explain': { role: 'viewer', answers: 404 },
  'GET /api/deliveries/:id/body': { role: 'operator', answers: 404 },
  'GET /api/deliveries/:id/payload': { role: 'operator', answers: 404 },
  'GET /api/deliveries/:id/test-case': { role: 'operator', answers: 404 },
  'POST /api/deliveries/:id/replay': { role: 'operator', answers: 404 },
  'POST /api/deliveries/:id/diagnose': { role: 'operator', answers: 404 },

  'GET /api/sources': { role: 'viewer', answers: 200 },
  'POST /api/sources/:name/test': { role: 'operator', answers: 404, json: {} },
  'GET /api/plugins': { role: 'viewer', answers: 200 },
  'GET /api/sources/:name': { role: 'viewer', answers: 404 },
  'GET /api/jobs': { role: 'viewer', answers: 200 },
  'GET /api/jobs/:id': { role: 'viewer', answers: 404 },
  'POST /api/jobs': { role: 'operator', answers: 400, json: {} },
  'POST /api/jobs/:id/cancel': { role: 'operator', answers: 404 },

  'GET /api/programs': { role: 'viewer', answers: 200 },
  'GET /api/programs/:name': { role: 'viewer', answers: 404 },
  'POST /api/programs/:name/run': { role: 'operator', answers: 404, json: {} },
  'POST /api/conditions/evaluate': { role: 'operator', answers: 400, json: {} },

  'GET /api/nodes': { role: 'viewer', answers: 200 },
  'POST /api/nodes/:name/drain': { role: 'operator', answers: 404 },
  'POST /api/nodes/:name/undrain': { role: 'operator', answers: 404 },

  'GET /api/stats': { role: 'viewer', answers: 200 },
  'GET /api/tunnel': { role: 'viewer', answers: 200 },
  'GET /api/errors': { role: 'viewer', answers: 200 },
  'GET /api/events': { role: 'viewer', answers: 200 },
  'GET /api/pauses': { role: 'viewer', answers: 200 },
  'PUT /api/pauses/:kind/:name{.+}': { role: 'operator', answers: 404 },
  'DELETE /api/pauses/:kind/:name{.+}': { role: 'operator', answers: 404 },

  'GET /api/registrations': { role: 'viewer', answers: 200 },
  'POST /api/registrations': { role: 'operator', answers: 400, json: {} },
  'GET /api/catch-up': { role: 'viewer', answers: 200 },
  'POST /api/catch-up': { role: 'operator', answers: 400, json: { since: 'no time' } },

  'GET /api/session': { role: 'viewer', answers: 200 },
  'POST /api/session/codes': { role: 'viewer', answers: 201, answersSession: 401 },
  'DELETE /api/session': { role: 'viewer', answers: 200, answersToken: 409 },

  'GET /api/tokens': { role: 'admin', answers: 200 },
  'POST /api/tokens': { role: 'admin', answers: 400, json: { name: 'no name', role: 'admin' } },
  'DELETE /api/tokens/:name': { role: 'admin', answers: 404 },
  'GET /api/secrets': { role: 'admin', answers: 200 },
  'DELETE /api/secrets/:id': { role: 'admin', answers: 404 },
  'POST /api/secrets/rotate': { role: 'admin', answers: 409 },
  'GET /api/audit': { role: 'admin', answers: 200 },
  'GET /metrics': { role: 'viewer', answers: 200 },
  'POST /mcp': { role: 'viewer', answers: 400, json: {} },

  'GET /api/config': { role: 'viewer', answers: 200 },
  'GET /api/config/schema': { role: 'viewer', answers: 200 },
  'POST /api/config/rules/backtest': { role: 'operator', answers: 400, json: {} },
  'GET /api/config/cases': { role: 'viewer', answers: 200 },
  'POST /api/config/cases/run': { role: 'operator', answers: 200, json: {} },
  'GET /api/openapi.json': { role: 'viewer', answers: 200 },
  ...configRoutes('webhooks'),
  ...configRoutes('programs'),
  ...configRoutes('rules'),
}

function configRoutes(plural: string): Readonly<Record<string, RouteAccess>> {
  const path = `/api/config/${plural}`
  return {
    [`GET ${path}`]: { role: 'viewer', answers: 200 },
    [`POST ${path}`]: { role: 'admin', answers: 422, json: {} },
    [`GET ${path}/:name`]: { role: 'viewer', answers: 404 },
    [`PUT ${path}/:name`]: { role: 'admin', answers: 428, json: {} },
    [`DELETE ${path}/:name`]: { role: 'admin', answers: 428 },
  }
}

/** Need no caller, or a proof in their body, so that no caller of the table fits: they have tests of their own. */
export const OF_ITS_OWN: ReadonlySet<string> = new Set([
  'POST /api/session',
  'POST /api/session/oidc',
  'POST /api/approval-links/show',
  'POST /api/approval-links/decide',
])
