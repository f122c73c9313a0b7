import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'

const KILLS = 4
const { folder, remove } = makeFolder(`
  export default {
    sources: { custom: { use: 'custom', options: { token: 'token-of-this-test' } } },
    programs: { say: { use: 'http', options: { url: 'https://example.com' } } },
  }`)
afterAll(remove)

function put({ url }: Service, number: number): Promise<Response> {
  return fetch(`${url}/api/config/rules/counted`, {
    method: 'PUT',
    headers: {
      ...{ authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(number === 0 ? { 'if-none-match': '*' } : { 'if-match': '*' }),
    },
    body: JSON.stringify({ on: 'custom', when: `${number} == ${number}`, run: 'say' }),
  })
}

async function countOf(service: Service): Promise<number> {
  const { when } = await service.get<{ when: string }>('/api/config/rules/counted')
  return Number(when.split(' ')[0])
}

/** Stopped with the test, also where it fails. */
async function start(): Promise<Service> {
  const service = await startService({ folder })
  onTestFinished(async () => void (await service.stop()))
  return service
}

describe('a change of the config', { retry: 0 }, () => {
  it('that was answered survives any kill, with its audit entry', { timeout: 90_000 }, async () => {
    let answered = 0
    for (let kills = 0; kills < KILLS; kills++) {
      const service = await start()
      if (kills === 0) expect((await put(service, 0)).status).toBe(201)
      const count = await countOf(service)
      // Of the change under way at the kill, nothing was said.
      expect([answered, answered + 1]).toContain(count)
      answered = count
      const until = performance.now() + 300 + 70 * kills
      let isKilled = false
      const killed = new Promise<void>((resolve) => {
        setTimeout(() => {
          isKilled = true
          resolve(service.kill())
        }, until - performance.now())
      })
      while (!isKilled) {
        const status = await put(service, answered + 1).then(
          (response) => response.status,
          () => null,
        )
        if (status === null) break
        expect(status).toBe(200)
        answered += 1
      }
      await killed
    }
    const service = await start()
    const count = await countOf(service)
    expect([answered, answered + 1]).toContain(count)
    expect(count).toBeGreaterThan(KILLS)
    const { entries } = await service.get<{ entries: { sequence: number }[] }>(
      '/api/audit?limit=1000',
    )
    expect(entries).toHaveLength(count + 1)
    expect(await service.get('/api/config')).toMatchObject({ fault: null })
  })
})
