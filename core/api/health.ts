import { Hono } from 'hono'
import type { HttpTypes, Services } from './services.ts'

const PING_SECONDS = 2

/** `/healthz`: the process answers. `/readyz`: it can take deliveries. Both open: they tell no more than that. */
export function healthRoutes(services: Services): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/healthz', (context) => context.json({ status: 'ok' }))
  routes.get('/readyz', async (context) => {
    const checks = {
      store: await isStoreReady(services),
      stopping: services.stopping.aborted,
      // No reason either: deliveries are taken all the same, and other nodes run what comes of them.
      draining: services.isDraining?.() ?? false,
      // A faulty change is no reason to take no deliveries: the config before it is in force.
      configChangePending: services.configFault() !== null,
    }
    const isReady = checks.store && !checks.stopping
    return context.json({ status: isReady ? 'ready' : 'unready', checks }, isReady ? 200 : 503)
  })
  return routes
}

async function isStoreReady(services: Services): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PING_SECONDS * 1000)
  })
  const ping = services.store.ping().then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([ping, limit])
  } finally {
    clearTimeout(timer)
  }
}
