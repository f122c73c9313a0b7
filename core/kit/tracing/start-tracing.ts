import { setTimeout as sleep } from 'node:timers/promises'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { hooklineVersion } from '../version.ts'
import { ChosenIds } from './chosen-ids.ts'
import { batchLimitsOf, exporterSecrets, sampleRatioOf } from './environment.ts'
import { SpanMaker } from './span-maker.ts'
import { ToldExporter } from './told-exporter.ts'
import type { OpenTracing, TracingOptions } from './tracing.ts'

const CLOSE_LIMIT_MS = 5000
/** Where traces could not be sent anyway. */
const CLOSE_FAILING_LIMIT_MS = 500
/** Names and codes are short; a longer value is a mistake. */
const MAX_VALUE_LENGTH = 300

/** Starts the sending of traces. Nothing of it is global: each node has its own. */
export function startTracing(options: TracingOptions): OpenTracing {
  const { settings, env, logger } = options
  const url = settings.endpoint === null ? {} : { url: tracesUrl(settings.endpoint) }
  const exporter = new ToldExporter(new OTLPTraceExporter(url), logger)
  const idGenerator = new ChosenIds()
  const provider = new TracerProvider({
    resource: resourceOf(options),
    // By the trace's id alone: all nodes decide the same, and no caller has a say.
    sampler: new TraceIdRatioBasedSampler(settings.sampleRatio ?? sampleRatioOf(env) ?? 1),
    spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
    idGenerator,
    spanProcessors: [new BatchSpanProcessor({ exporter, ...batchLimitsOf(env) })],
  })
  const spans = new SpanMaker(provider.getTracer('hookline', hooklineVersion()), idGenerator)
  return {
    secrets: exporterSecrets(env),
    delivery: (delivery) => spans.delivery(delivery),
    attempt: (claim) => spans.attempt(claim),
    close: () => {
      const limitMs = exporter.isFailing ? CLOSE_FAILING_LIMIT_MS : CLOSE_LIMIT_MS
      return closeWithin(limitMs, () => provider.shutdown().finally(() => exporter.shutdown()))
    },
  }
}

async function closeWithin(limitMs: number, shutDown: () => Promise<void>): Promise<void> {
  const ended = new AbortController()
  const limit = sleep(limitMs, undefined, { signal: ended.signal }).catch(() => {})
  // A failure to send was told by the exporter.
  await Promise.race([shutDown().catch(() => {}), limit])
  ended.abort()
}

function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`
}

/** The config comes before the environment, and that before what we say by ourselves. */
function resourceOf({ settings, nodeName }: TracingOptions): Resource {
  const own = resourceFromAttributes({
    'service.name': 'hookline',
    'service.version': hooklineVersion(),
    'service.instance.id': nodeName,
  })
  const { serviceName } = settings
  const configured = serviceName === null ? {} : { 'service.name': serviceName }
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes(configured))
}
