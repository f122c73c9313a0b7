import { Hono } from 'hono'
import type { TunnelStatus } from '../../tunnel/supervisor.ts'
import { isoTime } from '../iso-time.ts'
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
  return { ...status, since: isoTime(status.since) }
}

export type TunnelView = ReturnType<typeof tunnelView>
