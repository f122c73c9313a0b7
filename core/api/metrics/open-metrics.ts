import type { NodeMetrics, NodeMetricsOptions } from './node-metrics.ts'

/** Null where `metrics.enabled` is false: what measures is then not even loaded. */
export async function openMetrics(options: NodeMetricsOptions): Promise<NodeMetrics | null> {
  if (!options.config().settings.metrics.enabled) return null
  const { NodeMetrics } = await import('./node-metrics.ts')
  return new NodeMetrics(options)
}
