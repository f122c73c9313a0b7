import type { Role } from '../../core/contracts/access.ts'

/** Who may call a route, and what it answers whoever may. */
export type RouteAccess =
  /** Anybody, from anywhere: not behind the gate. */
  | { readonly open: true; readonly answers: number }
  | {
      /** The least role. */
      readonly role: Role
      /** Status for those who may, with what is sent here: often that such a thing is not there. */
      readonly answers: number
      readonly json?: unknown
      /** Without a session there is nothing to do: the answer to a token. */
      readonly answersToken?: number
    }

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

  'GET /api/tasks': { role: 'viewer', answers: 200 },
  'GET /api/tasks/:id': { role: 'viewer', answers: 404 },
  'GET /api/tasks/:id/log': { role: 'viewer', answers: 404 },
  'POST /api/tasks/:id/retry': { role: 'operator', answers: 404 },
  'POST /api/tasks/:id/cancel': { role: 'operator', answers: 404 },

  'GET /api/deliveries': { role: 'viewer', answers: 200 },
  'GET /api/deliveries/:id': { role: 'viewer', answers: 404 },
  'POST /api/deliveries/:id/replay': { role: 'operator', answers: 404 },
  'POST /api/deliveries/:id/diagnose': { role: 'operator', answers: 404 },

  'GET /api/nodes': { role: 'viewer', answers: 200 },
  'POST /api/nodes/:name/drain': { role: 'operator', answers: 404 },
  'POST /api/nodes/:name/undrain': { role: 'operator', answers: 404 },

  'GET /api/session': { role: 'viewer', answers: 200 },
  'DELETE /api/session': { role: 'viewer', answers: 200, answersToken: 409 },

  'GET /api/tokens': { role: 'admin', answers: 200 },
  'POST /api/tokens': { role: 'admin', answers: 400, json: { name: 'no name', role: 'admin' } },
  'DELETE /api/tokens/:name': { role: 'admin', answers: 404 },
  'GET /api/secrets': { role: 'admin', answers: 200 },
  'DELETE /api/secrets/:id': { role: 'admin', answers: 404 },
  'POST /api/secrets/rotate': { role: 'admin', answers: 409 },
  'GET /api/audit': { role: 'admin', answers: 200 },
  'GET /metrics': { role: 'viewer', answers: 200 },

  'GET /api/config': { role: 'viewer', answers: 200 },
  'GET /api/config/schema': { role: 'viewer', answers: 200 },
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

/** Takes its proof in its body, so that no caller of the table fits: it has tests of its own. */
export const OF_ITS_OWN: ReadonlySet<string> = new Set(['POST /api/session'])
