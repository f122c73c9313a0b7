import { Hono } from 'hono'
import type { TunnelStatus } from '../../tunnel/supervisor.ts'
import type { AppServices, HttpTypes } from '../services.ts'

/** `/api/tunnel`: the tunnel of this node. */
export function tunnelRoutes({ tunnel }: AppServices): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/', (context) => {
    const status = tunnel?.() ?? null
    return context.json({ tunnel: status === null ? null : tunnelView(status) })
  })
  return routes
}

/** A tunnel as the API shows it. Times are ISO 8601 in UTC. */
function tunnelView(status: TunnelStatus) {
  return { ...status, since: new Date(status.since).toISOString() }
}

export type TunnelView = ReturnType<typeof tunnelView>
