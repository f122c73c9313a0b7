import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeView } from '../../../core/api/node-routes.ts'
import type { TaskView } from '../../../core/api/tasks/views.ts'
import { type PostgresServer, startOwnPostgres } from '../../plugins/stores/postgres/server.ts'
import { makeFolder, type Service, startService, until } from '../service.ts'

const TOKEN = 'token-of-this-test'
const HOOKLINE_KEY = randomBytes(32).toString('base64')
const { folder, remove } = makeFolder(`
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
import { postgres } from 'hookline/stores'
export default defineConfig({
  node: { name: env('NODE_NAME'), leaseSeconds: 2 },
  sources: { hook: custom({ token: env('TOKEN') }) },
  programs: { say: subprocess({ command: ['/bin/echo', 'said'] }) },
  rules: [{ on: 'hook', run: 'say' }],
  store: postgres(env('TEST_URL')),
})`)
const running = new Map<string, Service>()
let postgres: PostgresServer

beforeAll(async () => {
  postgres = await startOwnPostgres(['-c', 'fsync=off'])
}, 60_000)

afterAll(async () => {
  await Promise.all([...running.values()].map((node) => node.stop()))
  await postgres.dispose()
  remove()
})

async function start(name: string, role: string): Promise<Service> {
  const env = { NODE_NAME: name, TOKEN, TEST_URL: postgres.url, HOOKLINE_KEY }
  const args = ['--role', role, '--data', `data-${name}`]
  const node = await startService({ folder, env, args })
  running.set(name, node)
  return node
}

async function logs(node: Service, text: string): Promise<void> {
  await until(
    async () => node.lines.join('\n'),
    (lines) => lines.includes(text),
    30,
  )
}

const nodesSeenBy = async (node: Service) =>
  (await node.get<{ nodes: NodeView[] }>('/api/nodes')).nodes

describe('nodes', { timeout: 90_000 }, () => {
  it('go on through an outage of the store, and are seen again after it', async () => {
    const front = await start('front', 'receive')
    const work = await start('work', 'work')
    await postgres.stop()
    await logs(front, 'the other nodes could not be told of this one')
    await logs(work, 'the other nodes could not be told of this one')
    expect((await fetch(`${work.url}/healthz`)).status).toBe(200)
    await postgres.start()
    await logs(front, 'the other nodes see this one again')
    await logs(work, 'the other nodes see this one again')
    const live = await until(
      () => nodesSeenBy(front),
      (nodes) => nodes?.filter((node) => node.live).length === 2,
    )
    expect(live.map(({ name }) => name)).toEqual(['front', 'work'])
  })

  it('stay drained through a crash, and are not taken for another of their name', async () => {
    const front = running.get('front') as Service
    await front.post('/api/nodes/work/drain')
    await running.get('work')?.kill()
    const again = await start('work', 'work')
    const answer = await fetch(`${front.url}/api/webhooks/hook`, {
      method: 'POST',
      headers: { 'X-Webhook-Token': TOKEN, 'content-type': 'application/json' },
      body: '{"type":"ring","data":{}}',
    })
    expect(answer.status).toBe(202)
    await logs(again, 'draining: it claims no more tasks')
    // Two beats, and so many chances to claim.
    const seenAt = async () =>
      (await nodesSeenBy(front)).find(({ name }) => name === 'work')?.seenAt
    for (let beat = 0; beat < 2; beat++) {
      const before = await seenAt()
      await until(seenAt, (now) => now !== before)
    }
    const page = () => front.get<{ tasks: TaskView[] }>('/api/tasks')
    expect((await page()).tasks).toMatchObject([{ state: 'waiting', attempts: 0, waitingFor: [] }])

    await front.post('/api/nodes/work/undrain')
    await until(page, ({ tasks: [task] }) => task?.state === 'succeeded')
    expect(again.lines.join('\n')).not.toContain('same name')
  })

  it('that stopped in order begin anew', async () => {
    const front = running.get('front') as Service
    await front.post('/api/nodes/work/drain')
    expect(await running.get('work')?.stop()).toBe(0)
    await until(
      () => nodesSeenBy(front),
      (nodes) => nodes.length === 1,
    )
    await start('work', 'work')
    const [, work] = await until(
      () => nodesSeenBy(front),
      (nodes) => nodes.length === 2,
    )
    expect(work).toMatchObject({ name: 'work', live: true, draining: false })
  })
})
