import {
  createId,
  type Delivery,
  decodeUtf8,
  type PluginContext,
  parseJson,
} from '../../core/index.ts'

/** What a made delivery can be given; all else is filled in. */
export interface DeliverySettings {
  /** Default `test`. */
  readonly source?: string
  /** Default POST. */
  readonly method?: string
  /** Default `http://localhost:8080/webhooks/{source}`. */
  readonly url?: string
  /** Names in any case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Text as UTF-8. Default: no body. */
  readonly body?: string | Uint8Array
  readonly client?: string | null
  readonly receivedAt?: Date
}

/** A delivery for a source under test, as a request would have made it. */
export function makeDelivery(settings: DeliverySettings = {}): Delivery {
  const { source = 'test', body = '', method = 'POST', client = '192.0.2.1' } = settings
  const { url = `http://localhost:8080/webhooks/${source}`, receivedAt = new Date() } = settings
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  let json: { readonly value: unknown } | undefined
  return {
    id: createId('dlv'),
    source,
    method,
    url,
    headers: lowerCaseNames(settings.headers ?? {}),
    query: new URL(url).searchParams,
    body: bytes,
    client,
    receivedAt,
    text: () => decodeUtf8(bytes),
    json: () => {
      json ??= { value: parseJson(decodeUtf8(bytes)) }
      return json.value
    },
  }
}

/** Surroundings for a plugin under test: a logger that says nothing, and by default the real clock. */
export function makeContext(settings: Partial<PluginContext> = {}): PluginContext {
  const silent = (): void => {}
  return {
    name: 'test',
    baseDir: process.cwd(),
    dataDir: process.cwd(),
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock: Date.now,
    ...settings,
  }
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Delivery['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
