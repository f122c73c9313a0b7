import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ExportResultCode } from '@opentelemetry/core'
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { describe, expect, it } from 'vitest'
import { createId } from '../../../core/kit/id.ts'
import { settingsSchema } from '../../../core/settings/settings.ts'
import { ChosenIds } from '../../../core/tracing/chosen-ids.ts'
import { batchLimitsOf, exporterSecrets, sampleRatioOf } from '../../../core/tracing/environment.ts'
import { LoggingExporter } from '../../../core/tracing/logging-exporter.ts'
import { openTracing } from '../../../core/tracing/open-tracing.ts'
import { SpanMaker } from '../../../core/tracing/span-maker.ts'
import { traceOfDelivery } from '../../../core/tracing/trace-ids.ts'
import { createLogger } from '../work/setup.ts'

const VALID = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function createSpans(ratio = 1) {
  const exporter = new InMemorySpanExporter()
  const idGenerator = new ChosenIds()
  const provider = new TracerProvider({
    sampler: new TraceIdRatioBasedSampler(ratio),
    idGenerator,
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  })
  return { spans: new SpanMaker(provider.getTracer('test'), idGenerator), exporter }
}

function started(id = createId('dlv')) {
  return { id, source: 'github', method: 'POST', startedAt: Date.now() }
}

describe('the trace of a delivery', () => {
  it('follows from its id, and from nothing else', () => {
    expect(traceOfDelivery('dlv_0123456789abcdefghjkmnpqrs')).toEqual({
      traceId: '40e23fd2f6917ac1df5d3c1ed1f80241',
      spanId: 'b2cb25b6fa49d3b2',
    })
    const all = Array.from({ length: 5000 }, () => traceOfDelivery(createId('dlv')))
    expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(5000)
    for (const { traceId, spanId } of all) {
      expect(`${traceId} ${spanId}`).toMatch(/^(?!0+ )[0-9a-f]{32} (?!0+$)[0-9a-f]{16}$/)
    }
  })

  it('is sampled alike on all nodes, in about the part that is asked for', () => {
    const [one, other] = [createSpans(0.2), createSpans(0.2)]
    let sampled = 0
    for (let count = 0; count < 5000; count++) {
      const delivery = started()
      const [first, second] = [one, other].map(({ spans }) => spans.delivery(delivery).traceparent)
      expect(first).toBe(second)
      if (first?.endsWith('-01')) sampled++
    }
    expect(sampled).toBeGreaterThan(850)
    expect(sampled).toBeLessThan(1150)
  })

  it('gives chosen ids to no span but its own', () => {
    const ids = new ChosenIds()
    const chosen = traceOfDelivery('dlv_x')
    expect(ids.use(chosen, () => ids.generateSpanId())).toBe(chosen.spanId)
    expect(ids.generateSpanId()).not.toBe(chosen.spanId)
    expect(() =>
      ids.use(chosen, () => {
        throw new Error('no span')
      }),
    ).toThrow('no span')
    expect(ids.generateTraceId()).not.toBe(chosen.traceId)
  })
})

describe("a sender's traceparent", () => {
  it.each([
    undefined,
    '',
    'x',
    '00',
    VALID.replace('00-', 'ff-'),
    VALID.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    VALID.replace('b7ad6b7169203331', '0'.repeat(16)),
    VALID.toUpperCase(),
    `${VALID}-more`,
    `${VALID}, ${VALID}`,
    VALID.slice(0, -1),
    `${VALID}\n`.repeat(3),
    '0'.repeat(100_000),
    '-'.repeat(100_000),
  ])('that is none is left out (%#)', (header) => {
    const { spans, exporter } = createSpans()
    const span = spans.delivery(started())
    span.link(header)
    span.end({}, null)
    expect(exporter.getFinishedSpans()).toHaveLength(1)
    expect(exporter.getFinishedSpans()[0]?.links).toEqual([])
  })

  it('is a link, and changes neither the trace nor whether it is kept', () => {
    const { spans, exporter } = createSpans()
    const delivery = started()
    const span = spans.delivery(delivery)
    span.link(VALID)
    span.end({}, null)
    span.end({ late: true }, 'internal')
    const [finished] = exporter.getFinishedSpans()
    expect(exporter.getFinishedSpans()).toHaveLength(1)
    expect(finished?.links[0]?.context).toMatchObject({ spanId: 'b7ad6b7169203331' })
    expect(finished?.spanContext().traceId).toBe(traceOfDelivery(delivery.id).traceId)
    expect(finished?.attributes).not.toHaveProperty('late')
  })
})

describe('the environment', () => {
  it.each([
    [{}, null],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, 0],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, 1],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, 0.25],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 0],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' }, 1],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' }, 1],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'half' }, 1],
    [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, null],
  ])('%j samples %j', (env, ratio) => {
    expect(sampleRatioOf(env)).toBe(ratio)
  })

  it('gives the limits of a batch, and the secrets of its headers', () => {
    const limits = { OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_BSP_MAX_QUEUE_SIZE: '-1' }
    expect(batchLimitsOf(limits)).toEqual({ scheduledDelayMillis: 100 })
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc,x-key=k%3D1' }
    expect(exporterSecrets(headers)).toEqual(['Bearer abc', 'abc', 'k=1'])
    expect(exporterSecrets({})).toEqual([])
  })

  it.each([
    { settings: { enabled: false }, env: {} },
    { settings: { enabled: true }, env: { OTEL_SDK_DISABLED: 'true' } },
    { settings: { enabled: true }, env: { OTEL_SDK_DISABLED: ' TRUE ' } },
  ])('leaves tracing off: %j', async ({ settings, env }) => {
    const { tracing } = settingsSchema.parse({ tracing: settings })
    const logger = createLogger()
    expect(await openTracing({ settings: tracing, nodeName: 'a', env, logger })).toBeNull()
  })
})

describe('settings of tracing', () => {
  it.each([
    { endpoint: 'ftp://example.org' },
    { endpoint: 'https://user:secret@example.org' },
    { endpoint: 'https://example.org/?key=secret' },
    { endpoint: 'example.org:4318' },
    { sampleRatio: 1.01 },
    { sampleRatio: -0.1 },
    { sampleRatio: Number.NaN },
    { serviceName: '' },
    { enabled: 'yes' },
    { headers: {} },
  ])('refuse %j', (tracing) => {
    expect(settingsSchema.safeParse({ tracing }).success).toBe(false)
  })
})

describe('an exporter that fails', () => {
  it('is told of once, until it works again', () => {
    const logger = createLogger()
    const codes = [1, 1, 0, 0, 1].map((code) => code as ExportResultCode)
    const inner: SpanExporter = {
      export: (_spans, onResult) => {
        const code = codes.shift()
        if (code === undefined) throw new Error('cannot be written as JSON')
        onResult(code === ExportResultCode.SUCCESS ? { code } : { code, error: new Error('no') })
      },
      shutdown: async () => {},
    }
    const exporter = new LoggingExporter(inner, logger)
    const results: number[] = []
    for (let count = 0; count < 6; count++) exporter.export([], ({ code }) => results.push(code))
    expect(results).toEqual([1, 1, 0, 0, 1, 1])
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'info', 'warn'])
  })
})

it('loads OpenTelemetry only where tracing is on', () => {
  const top = join(import.meta.dirname, '../../..')
  const files = globSync(['core/**/*.ts', 'plugins/**/*.ts'], { cwd: top })
  const importing = (pattern: RegExp) =>
    files.filter((file) => pattern.test(readFileSync(join(top, file), 'utf8')))
  for (const file of importing(/from '@opentelemetry\//)) expect(file).toMatch(/^core\/tracing\//)
  expect(importing(/from '[^']*start-tracing\.ts'/)).toEqual([])
  const light = readFileSync(join(top, 'core/tracing/open-tracing.ts'), 'utf8')
  expect(light).not.toMatch(/^import (?!type).*'(@opentelemetry|\.\/)/m)
})
