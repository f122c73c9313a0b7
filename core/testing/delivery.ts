import type { Delivery } from '../contracts/delivery.ts'
import type { PluginContext } from '../contracts/plugin.ts'
import { decodeText } from '../kit/content-type.ts'
import { createId } from '../kit/id.ts'
import { parseJson } from '../kit/json.ts'
import { SILENT_LOGGER } from '../kit/silent-logger.ts'

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
  /** Default: false. */
  readonly viaProxy?: boolean
  readonly receivedAt?: Date
}

/** A delivery for a source under test, as a request would have made it. */
export function makeDelivery(settings: DeliverySettings = {}): Delivery {
  const { source = 'test', body = '', method = 'POST', client = '192.0.2.1' } = settings
  const { viaProxy = false } = settings
  const { url = `http://localhost:8080/webhooks/${source}`, receivedAt = new Date() } = settings
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const headers = lowerCaseNames(settings.headers ?? {})
  const text = () => decodeText(bytes, headers['content-type'])
  let json: { readonly value: unknown } | undefined
  return {
    id: createId('dlv'),
    source,
    method,
    url,
    headers,
    query: new URL(url).searchParams,
    body: bytes,
    client,
    viaProxy,
    receivedAt,
    text,
    json: () => {
      json ??= { value: parseJson(text()) }
      return json.value
    },
  }
}

/** Surroundings for a plugin under test: a logger that says nothing, and by default the real clock. */
export function makeContext(settings: Partial<PluginContext> = {}): PluginContext {
  return {
    name: 'test',
    baseDir: process.cwd(),
    dataDir: process.cwd(),
    logger: SILENT_LOGGER,
    clock: Date.now,
    ...settings,
  }
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Delivery['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
