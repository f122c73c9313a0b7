import { Hono } from 'hono'
import { withTimeLimit } from '../kit/time-limit.ts'
import type { HttpTypes, Services } from './services.ts'

const PING_SECONDS = 2
/** A ping writes. So whoever asks within this time gets the answer of the last one. */
const PING_EVERY_MS = 1_000

/** `/healthz`: whether the process answers. `/readyz`: whether it can take deliveries. Both are public. */
export function healthRoutes(services: Services): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  const isStoreReady = storeCheck(services)
  routes.get('/healthz', (context) => context.json({ status: 'ok' }))
  routes.get('/readyz', async (context) => {
    const checks = {
      store: await isStoreReady(),
      stopping: services.stopping.aborted,
      // Does not count: a draining node still takes deliveries, and other nodes run their tasks.
      draining: services.isDraining?.() ?? false,
      // Does not count: the previous config stays in force.
      configChangePending: services.configFault() !== null,
    }
    const isReady = checks.store && !checks.stopping
    return context.json({ status: isReady ? 'ready' : 'unready', checks }, isReady ? 200 : 503)
  })
  return routes
}

/** Whether the store can take a delivery now, or could within the last second. */
function storeCheck({ store }: Services): () => Promise<boolean> {
  let last: { readonly at: number; readonly isReady: Promise<boolean> } | null = null
  return async () => {
    if (last === null || performance.now() - last.at > PING_EVERY_MS) {
      const ping = store.ping().then(
        () => true,
        () => false,
      )
      last = { at: performance.now(), isReady: ping }
    }
    return withTimeLimit(last.isReady, PING_SECONDS * 1000, () => false)
  }
}
