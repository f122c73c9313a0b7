import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeConfig } from '@kubernetes/client-node'
import { isHooklineError } from '../../../core/sdk/executor.ts'
import { type Answer, type Asked, configFault, connectionFault, faultOf } from './faults.ts'
import { type ConfigPlace, loadKubeConfig } from './kube-config.ts'

/** One request to the API server (https://kubernetes.io/docs/reference/using-api/api-concepts/). */
export interface ClusterCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `/api/v1/namespaces/default/pods`. */
  readonly path: string
  readonly namespace: string
  /** For messages: `list pods`. */
  readonly what: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: object
  /** Statuses that are answers too. Any other from 400 on is thrown. */
  readonly accepted?: readonly number[]
  readonly signal?: AbortSignal
}

export interface ClusterAnswer {
  readonly status: number
  readonly body: unknown
}

const SILENCE_MS = 10_000
const TRIES = 4
const FIRST_WAIT_MS = 200
const MAX_WAIT_MS = 5000
/** The server is too busy, starts, or is behind a balancer that finds none. 500 is also said when etcd is slow. */
const TEMPORARY = [429, 500, 502, 503, 504]
const MAX_SOCKETS = 16
const KEEP_ALIVE_MS = 30_000

/**
 * The API server of one cluster. The kubeconfig and its credentials are read by `@kubernetes/client-node`. Its own calls are
 * not used: as of 2.0 they open a connection each, and give the output of containers only as text.
 */
export class Cluster {
  readonly #config: KubeConfig
  readonly #server: URL
  readonly #place: ConfigPlace
  readonly #agent: Agent | HttpAgent
  /** Namespace of the context. */
  readonly namespace: string

  private constructor(config: KubeConfig, server: URL, place: ConfigPlace) {
    this.#config = config
    this.#server = server
    this.#place = place
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default'
    const keep = { keepAlive: true, maxSockets: MAX_SOCKETS }
    this.#agent = server.protocol === 'https:' ? new Agent(keep) : new HttpAgent(keep)
  }

  /** Throws `package_missing` or `cluster_unreachable`. Sends nothing. */
  static async open(place: ConfigPlace): Promise<Cluster> {
    const config = await loadKubeConfig(place)
    return new Cluster(config, new URL(config.getCurrentCluster()?.server ?? ''), place)
  }

  /**
   * Sends a request, again if the server is busy or away, and reads the answer. So a request may be carried out twice. Throws
   * the codes of `CLUSTER_ERRORS`.
   */
  async call(call: ClusterCall): Promise<ClusterAnswer> {
    const asked = this.#asked(call)
    for (let tries = 1; ; tries++) {
      const isLast = tries === TRIES
      let waitMs = FIRST_WAIT_MS * 2 ** (tries - 1)
      try {
        const response = await this.#send(call, { isStream: false })
        const { statusCode: status = 0, headers } = response
        const text = (await response.toArray()).join('')
        if (status < 400 || call.accepted?.includes(status)) return { status, body: parse(text) }
        if (isLast || !TEMPORARY.includes(status)) throw faultOf(asked, readStatus(status, text))
        waitMs = Number(headers['retry-after']) * 1000 || waitMs
      } catch (error) {
        if (isHooklineError(error)) throw error
        if (isLast || call.signal?.aborted) throw connectionFault(asked, error)
      }
      await sleep(Math.min(waitMs, MAX_WAIT_MS) * (0.5 + Math.random() / 2))
    }
  }

  /** Sends a request, and hands on the body as it comes, for as long as it does. */
  async stream(call: ClusterCall): Promise<AsyncIterable<Uint8Array>> {
    const asked = this.#asked(call)
    let response: IncomingMessage
    try {
      response = await this.#send(call, { isStream: true })
    } catch (error) {
      throw isHooklineError(error) ? error : connectionFault(asked, error)
    }
    const { statusCode: status = 0 } = response
    if (status < 400) return response
    throw faultOf(asked, readStatus(status, (await response.toArray()).join('')))
  }

  close(): void {
    this.#agent.destroy()
  }

  async #send(call: ClusterCall, { isStream }: { isStream: boolean }): Promise<IncomingMessage> {
    const { method, path, query = {}, body, signal } = call
    const url = new URL(this.#server)
    url.pathname = url.pathname.replace(/\/$/, '') + path
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const options = await this.#credentials()
    // A proxy needs the agent of the library. A stream must not take the place of other requests.
    const isProxied = this.#config.getCurrentCluster()?.proxyUrl !== undefined
    const agent = isProxied ? options.agent : isStream ? false : this.#agent
    const text = body === undefined ? undefined : JSON.stringify(body)
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest
    return new Promise((resolve, reject) => {
      const sent = request(url, {
        ...options,
        ...(agent === undefined ? {} : { agent }),
        method,
        headers: {
          ...options.headers,
          accept: 'application/json, */*',
          'user-agent': 'hookline',
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(isStream ? {} : { timeout: SILENCE_MS }),
        ...(signal === undefined ? {} : { signal }),
      })
      sent.once('timeout', () => sent.destroy(new Error('it does not answer')))
      sent.once('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS))
      sent.once('error', reject)
      sent.once('response', resolve)
      sent.end(text)
    })
  }

  /** Asked for each request: tokens change, and programs of a kubeconfig make new ones. */
  async #credentials(): Promise<RequestOptions> {
    const options: RequestOptions = {}
    try {
      await this.#config.applyToHTTPSOptions(options)
    } catch (error) {
      throw configFault(this.#place.name, error)
    }
    return options
  }

  #asked({ namespace, what }: ClusterCall): Asked {
    return { host: this.#server.host, namespace, what }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function readStatus(status: number, text: string): Answer {
  const body = parse(text)
  const isStatus = typeof body === 'object' && body !== null && 'message' in body
  return { status, message: isStatus ? String(body.message) : text.slice(0, 200).trim() }
}
