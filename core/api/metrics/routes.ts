import { Hono } from 'hono'
import type { HttpTypes } from '../services.ts'
import type { NodeMetrics } from './node-metrics.ts'

/** `/metrics`: metrics for Prometheus. */
export function metricsRoutes(metrics: NodeMetrics): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/', async (context) => {
    const text = await metrics.text()
    return context.body(text, 200, { 'Content-Type': metrics.registry.contentType })
  })
  return routes
}
