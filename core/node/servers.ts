import type { Hono } from 'hono'
import { maxConnections } from '../api/http/connection-limit.ts'
import type { RefusedRequests } from '../api/http/refused-requests.ts'
import { listen } from '../api/http/server.ts'
import type { HttpTypes } from '../api/http/types.ts'
import type { Direct } from '../api/webhooks/direct.ts'
import type { BoundedLog } from '../kit/bounded-log.ts'
import { NodeTunnel, type NodeTunnelOptions } from './node-tunnel.ts'
import type { OpenReceiversOptions } from './receivers/open-receivers.ts'
import type { Receivers } from './receivers/receivers.ts'

const GRACE_SECONDS = 5
/** Part of all connections that the listener of a tunnel may hold. */
const TUNNEL_SHARE = 0.25

export interface ServersOptions
  extends Omit<OpenReceiversOptions, 'server' | 'count' | 'logger' | 'ownEvents'>,
    Pick<NodeTunnelOptions, 'logger' | 'redactor'> {
  readonly app: Hono<HttpTypes>
  readonly direct: Direct | null
  readonly ownEvents: OpenReceiversOptions['ownEvents'] & NodeTunnelOptions['ownEvents']
  readonly takesDeliveries: boolean
  readonly refusedRequests: RefusedRequests
  readonly log: BoundedLog
  /** Aborted before the servers close. */
  readonly stopping: AbortController
}

/** What a node listens with. */
export interface NodeServers {
  readonly port: number
  /** Null: this node takes no deliveries. It is not yet started. */
  readonly tunnel: NodeTunnel | null
  /** Null: this process receives itself. */
  readonly receivers: Receivers | null
}

/** Listens on the port of the config, and starts the receivers if it asks for some. */
export async function openServers(options: ServersOptions): Promise<NodeServers> {
  const { app, direct, live, takesDeliveries, refusedRequests, log, stopping, closers } = options
  const { host, port, limits, node } = live.current.settings
  const count = takesDeliveries ? node.receivers : 1
  const most = maxConnections(node.concurrency)
  const share = live.current.tunnel === null ? 1 : 1 - TUNNEL_SHARE
  const serve = {
    ...{ host, port, requestSeconds: limits.requestSeconds, refusedRequests, log },
    maxConnections: Math.ceil(most * share),
  }
  // Also with receivers, which could share the port with another service without a word: now it shows whether it is free.
  const server = await listen(app, { ...serve, ...(direct && { intercept: direct }) })
  live.listensAt(server.port)
  let receivers: Receivers | null = null
  if (count === 1) closers.add(() => server.close(GRACE_SECONDS))
  else {
    await server.close(0)
    const { openReceivers } = await import('./receivers/open-receivers.ts')
    receivers = await openReceivers({ ...options, count, server: serve })
  }
  closers.add(() => stopping.abort())
  let tunnel: NodeTunnel | null = null
  if (takesDeliveries) {
    const own = { ...serve, maxConnections: Math.ceil(most * TUNNEL_SHARE) }
    tunnel = new NodeTunnel({ ...options, server: own })
    closers.add(() => tunnel?.close())
  }
  return { port: server.port, tunnel, receivers }
}
