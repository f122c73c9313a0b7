import { openMetrics } from '../api/metrics/open-metrics.ts'
import type { LiveConfig } from '../config/live.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { Closers } from '../kit/closers.ts'
import { NO_METER } from '../kit/no-meter.ts'
import { NO_TRACER } from '../kit/no-tracer.ts'
import type { Redactor } from '../kit/redact.ts'
import { openTracing } from '../kit/tracing/open-tracing.ts'

export interface ObservationOptions {
  readonly live: LiveConfig
  readonly store: StoreInstance
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: PluginLogger
  readonly redactor: Redactor
  readonly closers: Closers
  /** How many programs run on this node now. */
  readonly running: () => number
}

/** Opens what a node is observed by, as its settings say. A change of these takes a restart. */
export async function openObservation(options: ObservationOptions) {
  const { live, store, env, logger, redactor, closers, running } = options
  const { settings } = live.current
  const metrics = await openMetrics({
    store,
    config: () => live.current,
    configFault: () => live.lastError?.message ?? null,
    running,
    clock: Date.now,
  })
  closers.add(() => metrics?.close())
  const nodeName = settings.node.name
  const tracing = await openTracing({ settings: settings.tracing, nodeName, env, logger })
  closers.add(() => tracing?.close())
  redactor.add(tracing?.secrets ?? [])
  return { metrics, meter: metrics ?? NO_METER, tracer: tracing ?? NO_TRACER }
}
