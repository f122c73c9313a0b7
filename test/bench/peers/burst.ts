import { randomUUID } from 'node:crypto'
import { Pool } from 'undici'
import { signedHeaders } from '../load.ts'

/** What a burst came to. */
export interface Burst {
  readonly accepted: number
  readonly failed: number
  /** How long each answer took, in milliseconds. */
  readonly latencies: readonly number[]
}

/** Sends so many signed GitHub pushes, each with an id of its own, over some connections. */
export async function burst(
  url: string,
  body: string,
  connections: number,
  count: number,
): Promise<Burst> {
  const pool = new Pool(url, { connections })
  const headers = signedHeaders(body)
  const latencies: number[] = []
  let [left, accepted] = [count, 0]
  const lane = async () => {
    while (left-- > 0) {
      const begun = performance.now()
      const answer = await pool.request({
        method: 'POST',
        path: '/api/webhooks/github',
        headers: { ...headers, 'x-github-delivery': randomUUID() },
        body,
      })
      await answer.body.dump()
      latencies.push(performance.now() - begun)
      if (answer.statusCode < 300) accepted++
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
  await pool.close()
  return { accepted, failed: count - accepted, latencies }
}
