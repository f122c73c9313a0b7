import { Hono } from 'hono'
import { accepts } from 'hono/accepts'
import type { HttpTypes } from '../services.ts'
import type { NodeMetrics } from './node-metrics.ts'
import { OPEN_METRICS_TYPE, toOpenMetrics } from './open-metrics-text.ts'

const OPEN_METRICS = 'application/openmetrics-text'
const TYPES = { header: 'Accept' as const, supports: ['text/plain', OPEN_METRICS], default: '' }

/** `/metrics`: metrics for Prometheus, as OpenMetrics for whoever would rather have that. */
export function metricsRoutes(metrics: NodeMetrics): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/', async (context) => {
    const text = await metrics.text()
    context.header('Vary', 'Accept')
    if (accepts(context, TYPES) === OPEN_METRICS) {
      return context.body(toOpenMetrics(text), 200, { 'Content-Type': OPEN_METRICS_TYPE })
    }
    return context.body(text, 200, { 'Content-Type': metrics.registry.contentType })
  })
  return routes
}
