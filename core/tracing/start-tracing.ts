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
import { withTimeLimit } from '../kit/time-limit.ts'
import { hooklineVersion } from '../kit/version.ts'
import { ChosenIds } from './chosen-ids.ts'
import { batchLimitsOf, exporterSecrets, sampleRatioOf } from './environment.ts'
import { LoggingExporter } from './logging-exporter.ts'
import { SpanMaker } from './span-maker.ts'
import type { OpenTracing, TracingOptions } from './tracing.ts'

const CLOSE_LIMIT_MS = 5000
/** The limit if the last traces could not be sent. */
const CLOSE_FAILING_LIMIT_MS = 500
/** Names and codes are short. A longer value is a mistake and is cut. */
const MAX_VALUE_LENGTH = 300

/** Starts sending traces. Nothing is global: each node has its own tracer. */
export function startTracing(options: TracingOptions): OpenTracing {
  const { settings, env, logger } = options
  const url = settings.endpoint === null ? {} : { url: tracesUrl(settings.endpoint) }
  const exporter = new LoggingExporter(new OTLPTraceExporter(url), logger)
  const idGenerator = new ChosenIds()
  const provider = new TracerProvider({
    resource: resourceOf(options),
    // Decides by the trace's id alone, so that all nodes decide alike and no caller has a say.
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
    followed: (task) => spans.followed(task),
    close: async () => {
      const limitMs = exporter.isFailing ? CLOSE_FAILING_LIMIT_MS : CLOSE_LIMIT_MS
      const closed = provider.shutdown().finally(() => exporter.shutdown())
      // The exporter logs failures to send.
      const settled = closed.catch(() => {})
      await withTimeLimit(settled, limitMs, () => {})
    },
  }
}

function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`
}

/** Attributes of this node. The config overrides the environment, which overrides the defaults. */
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
