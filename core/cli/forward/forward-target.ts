import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { finished } from 'node:stream/promises'
import type { DeliveryView } from '../../api/deliveries/views.ts'
import { REDACTED } from '../../redaction/redacted.ts'
import { noAnswer } from '../no-answer.ts'

/** Of one connection only (RFC 9110, section 7.6.1), or set anew for the target. */
const OWN_HEADERS = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'host', 'content-length'],
])

export interface ForwardTargetOptions {
  readonly url: URL
  /** Sent in place of a header of the same name, which must be in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

export interface Forwarded {
  /** Of the answer; null: there was none. */
  readonly status: number | null
  /** Why there was none. */
  readonly fault: string | null
  readonly ms: number
}

/** The service to which deliveries are sent again. */
export class ForwardTarget {
  readonly #options: ForwardTargetOptions
  readonly #onLeftOut: (what: string) => void

  /** @param onLeftOut Called with each header or parameter that cannot be sent, since its value was not stored. */
  constructor(options: ForwardTargetOptions, onLeftOut: (what: string) => void) {
    this.#options = options
    this.#onLeftOut = onLeftOut
  }

  /** Sends a delivery as it arrived. Never throws. */
  async send(delivery: DeliveryView, body: Uint8Array): Promise<Forwarded> {
    const { timeoutMs } = this.#options
    const began = performance.now()
    const ended = (status: number | null, fault: string | null) => {
      return { status, fault, ms: Math.round(performance.now() - began) }
    }
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const url = this.#urlFor(delivery)
      const start = url.protocol === 'https:' ? requestHttps : requestHttp
      const headers = this.#headersFor(delivery, body)
      const request = start(url, { method: delivery.method, headers, agent: false, signal })
      // Of a connection that breaks after the answer.
      request.on('error', () => {})
      request.end(body)
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      // The status says what became of it, whether or not the rest of the answer comes.
      await finished(response.resume()).catch(() => {})
      return ended(response.statusCode ?? null, null)
    } catch (error) {
      return ended(null, noAnswer(signal.aborted ? signal.reason : error, timeoutMs / 1000).why)
    }
  }

  #headersFor({ id, method, headers }: DeliveryView, body: Uint8Array): Record<string, string> {
    const ofConnection = (headers['connection'] ?? '').toLowerCase().split(/\s*,\s*/)
    const sent: Record<string, string> = {}
    for (const [name, value] of Object.entries(headers)) {
      if (OWN_HEADERS.has(name) || ofConnection.includes(name)) continue
      if (Object.hasOwn(this.#options.headers, name)) continue
      if (value.includes(REDACTED)) this.#onLeftOut(`the header ${name}`)
      else sent[name] = value
    }
    const hasBody = body.byteLength > 0 || !/^(GET|HEAD)$/.test(method)
    return {
      ...sent,
      ...this.#options.headers,
      ...(hasBody ? { 'content-length': String(body.byteLength) } : {}),
      'x-hookline-delivery': id,
    }
  }

  /** The URL of the target with the query of the delivery. */
  #urlFor({ path }: DeliveryView): URL {
    const url = new URL(this.#options.url)
    const at = path.indexOf('?')
    const parts = at === -1 ? [] : path.slice(at + 1).split('&')
    const sent = parts.filter((part) => !part.includes(REDACTED))
    for (const part of parts) {
      if (!sent.includes(part)) this.#onLeftOut(`the query parameter ${part.split('=', 1)[0]}`)
    }
    url.search = [url.search.slice(1), ...sent].filter((part) => part !== '').join('&')
    return url
  }
}
