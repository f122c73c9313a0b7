import { createHmac } from 'node:crypto'
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

let sent = 0

/** Sends signed GitHub pushes, each with an id of its own, for some seconds. */
export async function pushes(load: Load): Promise<LoadResult> {
  const { url, body, connections, seconds, perSecond } = load
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`
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
          request.headers = {
            'content-type': 'application/json',
            'x-github-event': 'push',
            'x-github-delivery': `bench-${process.pid}-${sent++}`,
            'x-hub-signature-256': signature,
          }
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
