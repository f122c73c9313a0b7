import { createHmac, randomUUID } from 'node:crypto'
import autocannon from 'autocannon'

export const SECRET = 'a secret for the benchmark only'

/** What a load came to. Latencies in milliseconds. */
export interface LoadResult {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly accepted: number
  readonly failed: number
}

export interface Load {
  readonly url: string
  readonly body: string
  readonly connections: number
  readonly seconds: number
  /** Of all connections together. Undefined: as many as are answered. */
  readonly perSecond?: number
}

/** Sends signed GitHub pushes, each with an id of its own, for some seconds. */
export async function pushes(load: Load): Promise<LoadResult> {
  const { url, body, connections, seconds, perSecond } = load
  const headers = signedHeaders(body)
  const result = await autocannon({
    url: `${url}/api/webhooks/github`,
    connections,
    duration: seconds,
    ...(perSecond === undefined ? {} : { overallRate: perSecond }),
    method: 'POST',
    requests: [
      {
        method: 'POST',
        path: '/api/webhooks/github',
        body,
        setupRequest: (request) => {
          request.headers = { ...headers, 'x-github-delivery': randomUUID() }
          return request
        },
      },
    ],
  })
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    accepted: result['2xx'],
    failed: result.non2xx + result.errors,
  }
}

/** The headers of a GitHub push, but for its id. */
export function signedHeaders(body: string): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
  }
}
