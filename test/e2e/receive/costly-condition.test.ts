import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeFolder, type Service, startService } from '../service.ts'

const TOKEN = 'the token of the costly senders'
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
export default defineConfig({
  sources: { custom: custom({ token: ${JSON.stringify(TOKEN)}, type: { path: 'kind' } }) },
  programs: {
    say: subprocess({ command: ['/bin/true'] }),
    keyed: subprocess({
      command: ['/bin/true'],
      policy: { key: 'payload.items.map(a, payload.items.map(b, 1)).size()' },
    }),
  },
  rules: [
    {
      name: 'costly',
      on: 'custom',
      when: 'payload.items.exists(a, payload.items.exists(b, a.id == b.id && a.x == 1))',
      run: 'say',
    },
    { name: 'plain', on: 'custom', when: 'payload.items.size() > 1', run: 'say' },
    { name: 'keyed', on: 'custom', run: 'keyed' },
  ],
})`)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
})
afterAll(async () => {
  await service.stop()
  remove()
})

it('stops a costly condition, runs the other rules, and goes on answering', async () => {
  const items = Array.from({ length: 20_000 }, (_, id) => ({ id, x: 2 }))
  const idle = await slowestAnswer(sleep(500))
  const sent = fetch(`${service.url}/api/webhooks/custom`, {
    method: 'POST',
    headers: { 'x-webhook-token': TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'order', items }),
  })
  const slowest = await slowestAnswer(sent)
  // The other tests of this machine may be slower than what is measured here.
  expect(slowest).toBeLessThan(Math.max(50, 4 * idle))
  const accepted = await sent
  expect(accepted.status).toBe(202)
  const { delivery } = (await accepted.json()) as { delivery: string }
  const { events } = await service.get<{ events: { decisions: object[] }[] }>(
    `/api/deliveries/${delivery}`,
  )
  expect(events[0]?.decisions).toMatchObject([
    {
      rule: 'costly',
      matched: false,
      because: 'condition_too_costly',
      error: expect.stringMatching(/take more than \d+ steps/),
    },
    { rule: 'plain', matched: true },
    { rule: 'keyed', matched: true, error: expect.stringMatching(/take more than \d+ steps/) },
  ])
})

/** Milliseconds of the slowest answer of `/healthz` until the work is done. */
async function slowestAnswer(work: Promise<unknown>): Promise<number> {
  let slowest = 0
  let done = false
  void work.finally(() => {
    done = true
  })
  while (!done) {
    const begun = performance.now()
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
    slowest = Math.max(slowest, performance.now() - begun)
  }
  return slowest
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
