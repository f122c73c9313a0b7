import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { HooklineError } from '../../../core/sdk/executor.ts'
import type { EnginePlace } from './engine-place.ts'

/** One request to the Engine API (https://docs.docker.com/reference/api/engine/). */
export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Without the version: `/containers/json`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** If no byte comes for this long, the engine counts as gone. Null: no limit. Default 60. */
  readonly silenceSeconds?: number | null
  readonly signal?: AbortSignal
}

export interface EngineAnswer {
  readonly status: number
  /** The body as JSON; undefined if it is not JSON. */
  readonly body: unknown
  /** The engine's reason for a refusal; otherwise empty. */
  readonly message: string
}

const NEWEST_KNOWN_VERSION = '1.47'
const SILENCE_SECONDS = 60
const PING_SECONDS = 10
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** A client of one Docker engine. Every method throws `engine_unavailable` if the engine does not answer. */
export class Engine {
  readonly #place: EnginePlace
  #version: Promise<string> | null = null

  constructor(place: EnginePlace) {
    this.#place = place
  }

  /** Sends a request and reads the whole answer. A refusal is also an answer. */
  async call(call: EngineCall): Promise<EngineAnswer> {
    const { status, chunks } = await this.stream(call)
    const read: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of chunks) {
      bytes += chunk.byteLength
      if (bytes > MAX_ANSWER_BYTES) throw this.#unavailable(new Error('its answer is too large'))
      read.push(chunk)
    }
    return readAnswer(status, Buffer.concat(read).toString())
  }

  /** Sends a request and hands on the body as it comes. */
  async stream(
    call: EngineCall,
  ): Promise<{ readonly status: number; readonly chunks: AsyncIterable<Uint8Array> }> {
    const prefix = `/v${await this.#agreedVersion()}`
    const response = await this.#send({ ...call, path: prefix + call.path })
    return { status: response.statusCode ?? 0, chunks: this.#chunksOf(response) }
  }

  /** A connection to a container's streams: https://docs.docker.com/reference/api/engine/#tag/Container/operation/ContainerAttach */
  async attach(id: string, query: Readonly<Record<string, string>>): Promise<Duplex> {
    const prefix = `/v${await this.#agreedVersion()}`
    const headers = { connection: 'Upgrade', upgrade: 'tcp' }
    const path = `${prefix}/containers/${id}/attach`
    return new Promise((resolve, reject) => {
      const sent = this.#request({ method: 'POST', path, query, headers })
      sent.once('error', (error) => reject(this.#unavailable(error)))
      sent.once('upgrade', (_response, socket, head) => {
        socket.setTimeout(0)
        if (head.byteLength > 0) socket.unshift(head)
        resolve(socket)
      })
      sent.once('response', (response) => {
        response.destroy()
        reject(this.#unavailable(new Error(`it answered ${response.statusCode} to an attach`)))
      })
      sent.end()
    })
  }

  async *#chunksOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
    try {
      yield* response
    } catch (error) {
      throw this.#unavailable(error)
    }
  }

  // An engine refuses versions that it does not know, newer or older: the version is negotiated.
  #agreedVersion(): Promise<string> {
    this.#version ??= this.#askVersion().catch((error) => {
      this.#version = null
      throw error
    })
    return this.#version
  }

  async #askVersion(): Promise<string> {
    const response = await this.#send({
      method: 'GET',
      path: '/_ping',
      silenceSeconds: PING_SECONDS,
    })
    response.resume()
    const own = String(response.headers['api-version'] ?? NEWEST_KNOWN_VERSION)
    return minorOf(own) < minorOf(NEWEST_KNOWN_VERSION) ? own : NEWEST_KNOWN_VERSION
  }

  #send(call: EngineCall): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = this.#request(call)
      sent.once('error', (error) => reject(this.#unavailable(error)))
      sent.once('response', resolve)
      sent.end(call.body === undefined ? undefined : JSON.stringify(call.body))
    })
  }

  #request({ method, path, query, body, headers, silenceSeconds, signal }: EngineCall) {
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`
    const place = this.#place
    const tls = 'tls' in place ? place.tls : null
    // An `import` would load what Node.js needs for its `fetch`, too.
    const { request } = process.getBuiltinModule(tls === null ? 'node:http' : 'node:https')
    const sent = request({
      ...('tls' in place
        ? { host: place.host, port: place.port, ...tls }
        : { socketPath: place.socketPath }),
      // A connection for each request: none is left open, and none waits for another.
      agent: false,
      method,
      path: path + search,
      headers: {
        // By TLS, the certificate must be of this name.
        host: 'tls' in place ? hostHeader(place.host) : 'docker',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      timeout: silenceSeconds === null ? 0 : (silenceSeconds ?? SILENCE_SECONDS) * 1000,
      ...(signal === undefined ? {} : { signal }),
    })
    sent.once('timeout', () => sent.destroy(new Error('it does not answer')))
    return sent
  }

  #unavailable(error: unknown): HooklineError {
    // It may come back with another version.
    this.#version = null
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const said = code === '' && error instanceof Error ? error.message : code
    const message = `The Docker engine at "${this.#place.shown}" cannot be used: ${explain(said)}`
    return new HooklineError('engine_unavailable', message, {
      cause: error,
      fields: { retryable: true },
    })
  }
}

function readAnswer(status: number, text: string): EngineAnswer {
  let body: unknown
  try {
    body = text === '' ? undefined : JSON.parse(text)
  } catch {
    body = undefined
  }
  if (status < 400) return { status, body, message: '' }
  const said = typeof body === 'object' && body !== null && 'message' in body ? body.message : text
  return { status, body, message: String(said).trim() || `status ${status}` }
}

function hostHeader(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function minorOf(version: string): number {
  return Number(version.split('.')[1] ?? 0)
}

function explain(code: string): string {
  if (code === 'ENOENT') return 'there is no such socket'
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'EACCES') return 'this user may not open it'
  if (code === 'ENOTFOUND') return 'there is no such host'
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'it went away'
  return code
}
