import type { MeasuredReceiver } from '../api/metrics/node-metrics.ts'
import { openMetrics } from '../api/metrics/open-metrics.ts'
import type { LiveConfig } from '../config/load/live.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { NO_METER } from '../kit/no-meter.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { NO_TRACER } from '../tracing/no-tracer.ts'
import { openTracing } from '../tracing/open-tracing.ts'
import type { TunnelStatus } from '../tunnel/supervisor.ts'
import type { Closers } from './closers.ts'
import type { Logger } from './logger.ts'

export interface Observed {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  readonly redactor: Redactor
  readonly closers: Closers
  readonly live: LiveConfig
  readonly store: StoreInstance
  /** How many programs run on this node now. */
  readonly running: () => number
  readonly tunnel: () => TunnelStatus | null
  readonly receivers: () => readonly MeasuredReceiver[]
}

/** Opens metrics and tracing as the settings say. A change of these settings takes effect after a restart. */
export async function openObservation({
  env,
  logger,
  redactor,
  closers,
  live,
  store,
  running,
  tunnel,
  receivers,
}: Observed) {
  const { settings } = live.current
  const metrics = await openMetrics({
    store,
    config: () => live.current,
    configFault: () => live.lastError?.message ?? null,
    running,
    tunnel,
    receivers,
    clock: Date.now,
  })
  closers.add(() => metrics?.close())
  const tracing = await openTracing({
    settings: settings.tracing,
    nodeName: settings.node.name,
    env,
    logger,
  })
  closers.add(() => tracing?.close())
  redactor.add(tracing?.secrets ?? [])
  return { metrics, meter: metrics ?? NO_METER, tracer: tracing ?? NO_TRACER }
}
