import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'

const CONFIG = `
import { defineConfig } from 'hookline'
import { custom } from 'hookline/sources'
export default defineConfig({ sources: { own: custom({ token: 'the-token-of-own' }) }, rules: [] })`

const SECRET = 'Zx9'.repeat(40_000)

let place: ReturnType<typeof makeFolder>
beforeAll(() => {
  place = makeFolder(CONFIG)
})
afterAll(() => place.remove())

async function deliver(service: Service): Promise<number> {
  const answer = await fetch(`${service.url}/api/webhooks/own`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-webhook-token': 'the-token-of-own' },
    body: '{"type":"ping"}',
  })
  return answer.status
}

describe('a secret that is very long', { timeout: 60_000 }, () => {
  it('holds up neither the service nor its next start, and is in no log', async () => {
    const service = await startService({ folder: place.folder })
    const before = await deliver(service)
    const made = await fetch(`${service.url}/api/config/webhooks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
      body: JSON.stringify({ name: 'long', use: 'custom', options: { token: SECRET } }),
    })
    expect(made.status).toBe(201)
    expect([before, await deliver(service)]).toEqual([202, 202])
    expect(await service.stop()).toBe(0)

    const again = await startService({ folder: place.folder })
    expect(await deliver(again)).toBe(202)
    expect(await again.stop()).toBe(0)
    const logged = [...service.lines, ...again.lines].join('\n')
    expect(logged).not.toContain(SECRET.slice(0, 90))
    expect(logged).not.toContain(Buffer.from(SECRET).toString('hex').slice(0, 90))
  })
})
