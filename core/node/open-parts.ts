import { Access } from '../api/access/access.ts'
import { type HttpServer, listen } from '../api/http-server.ts'
import { createApp } from '../app.ts'
import { openObservation } from './observation.ts'
import { openStore } from './open-store.ts'
import { openWork } from './open-work.ts'
import type { Parts } from './parts.ts'

const HTTP_GRACE_SECONDS = 5

/** Opens all of a node but its config: store, access, worker, server. What was opened is in the closers. */
export async function openParts(parts: Parts): Promise<HttpServer> {
  const { live, logger, closers, options } = parts
  const { store, keeper, managed, isLost } = await openStore(parts)
  const { value: adminToken } = parts.adminToken
  const access = await Access.open({ adminToken, store, logger, clock: Date.now })
  closers.add(() => access.close())
  const running = () => work.worker.activeRuns().length
  const observed = await openObservation({ ...parts, env: options.env, store, running })
  const { metrics, meter, tracer } = observed
  const work = openWork({ ...parts, store, isLost, meter, tracer })
  const stopping = new AbortController()
  const app = createApp({
    config: () => live.current,
    previousConfig: () => live.previous,
    configFault: () => live.lastError?.message ?? null,
    managed,
    store,
    receiver: work.receiver,
    takesDeliveries: options.role !== 'work',
    logger,
    access,
    keeper,
    metrics,
    isDraining: () => work.heartbeat.draining,
    stopping: stopping.signal,
  })
  const { host, port, limits } = live.current.settings
  const server = await listen(app, { host, port, requestSeconds: limits.requestSeconds })
  closers.add(() => server.close(HTTP_GRACE_SECONDS))
  closers.add(() => stopping.abort())
  await work.heartbeat.start()
  // Not before: where the port is taken, no program is to be started only to be stopped.
  if (options.role !== 'receive') {
    work.worker.start()
    work.retention.start()
  }
  return server
}
