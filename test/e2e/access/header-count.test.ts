import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'

// The proxy is in the range that may deliver; the sender behind it is not.
const CONFIG = `
import { defineConfig } from 'hookline'
import { custom } from 'hookline/sources'
export default defineConfig({
  sources: { own: custom({ token: 'the-token-of-own', allow: ['127.0.0.0/8'] }) },
  rules: [],
  trustedProxies: ['127.0.0.1'],
})`

let place: ReturnType<typeof makeFolder>
let service: Service
beforeAll(async () => {
  place = makeFolder(CONFIG)
  service = await startService({ folder: place.folder })
}, 30_000)
afterAll(async () => {
  await service?.stop()
  place.remove()
})

/** Status of a call with so many headers before the one that a proxy adds. */
async function statusOf(path: string, count: number, method = 'GET'): Promise<number | undefined> {
  const filling = Array.from({ length: count }, (_, index) => [`a${index}`, '']).flat()
  const own = ['host', 'localhost', 'content-type', 'application/json', 'content-length', '2']
  const proofs = ['authorization', `Bearer ${ADMIN_TOKEN}`, 'x-webhook-token', 'the-token-of-own']
  const headers = [...own, ...proofs, ...filling, 'x-forwarded-for', '192.0.2.1']
  const call = request(`${service.url}${path}`, { method, headers })
  call.end('{}')
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

describe('a call with very many headers', () => {
  it.each([0, 100, 190])('still shows that it came through a proxy: %i', async (count) => {
    expect(await statusOf('/api/tasks', count)).toBe(403)
    expect(await statusOf('/api/webhooks/own', count, 'POST')).toBe(401)
  })

  it.each([195, 200, 250, 500, 1500])('is refused instead of read in part: %i', async (count) => {
    expect(await statusOf('/api/tasks', count)).toBe(431)
    expect(await statusOf('/api/webhooks/own', count, 'POST')).toBe(431)
  })
})
