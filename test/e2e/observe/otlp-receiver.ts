import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as OTLP has it in JSON (https://github.com/open-telemetry/opentelemetry-proto). */
export interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
  readonly events: readonly { readonly name: string }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number; readonly message?: string }
}

/** A receiver of OTLP over HTTP. */
export interface OtlpReceiver {
  readonly url: string
  readonly spans: readonly SentSpan[]
  /** Bodies as received. */
  readonly bodies: readonly string[]
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  readonly resources: readonly Readonly<Record<string, unknown>>[]
  close(): Promise<void>
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: SentSpan['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
  }[]
}

/** Listens on a free port. With `answers: false`, it takes requests and never answers. */
export async function startOtlpReceiver(answers = true): Promise<OtlpReceiver> {
  const kept = { spans: [] as SentSpan[], bodies: [] as string[] }
  const requests: OtlpReceiver['requests'][number][] = []
  const resources: Record<string, unknown>[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    requests.push({ path: request.url ?? '', headers: request.headers })
    kept.bodies.push(body)
    if (!answers) return
    for (const { resource, scopeSpans } of (JSON.parse(body) as Sent).resourceSpans) {
      resources.push(attributesOf(resource))
      kept.spans.push(...scopeSpans.flatMap(({ spans }) => spans))
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    ...kept,
    requests,
    resources,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Attributes by name. */
export function attributesOf({
  attributes,
}: Pick<SentSpan, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value['intValue'] ?? value['stringValue']]),
  )
}
