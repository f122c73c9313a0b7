import type { NodeMetrics, NodeMetricsOptions } from './node-metrics.ts'

/** Null if `metrics.enabled` is false; the library is not loaded then. */
export async function openMetrics(options: NodeMetricsOptions): Promise<NodeMetrics | null> {
  if (!options.config().settings.metrics.enabled) return null
  const { NodeMetrics } = await import('./node-metrics.ts')
  return new NodeMetrics(options)
}
