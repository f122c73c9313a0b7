import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newSchema } from '../../plugins/stores/postgres/create-postgres.ts'
import { type PostgresServer, sharedPostgres } from '../../plugins/stores/postgres/server.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const SOON_SECONDS = 3
let postgres: PostgresServer
beforeAll(async () => {
  postgres = await sharedPostgres()
}, 60_000)
afterAll(() => postgres?.dispose())

/** Two services in folders of their own, with one store and one key. */
async function startTwo(): Promise<readonly [Service, Service]> {
  const key = randomBytes(32).toString('base64')
  const schema = newSchema()
  const start = async (name: string) => {
    const { folder, remove } = makeFolder(`
      import { defineConfig, env } from 'hookline'
      import { subprocess } from 'hookline/executors'
      import { postgres } from 'hookline/stores'
      const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
      export default defineConfig({
        node: { name: '${name}' },
        programs: { say: subprocess({ command: ['/bin/echo', 'said'], ...user }) },
        store: postgres({ url: env('DATABASE_URL'), schema: '${schema}' }),
      })`)
    onTestFinished(remove)
    const service = await startService({
      folder,
      env: { DATABASE_URL: postgres.url, HOOKLINE_KEY: key },
    })
    onTestFinished(async () => void (await service.stop()))
    return service
  }
  return [await start('one'), await start('two')]
}

function post({ url }: Service, plural: string, body: object): Promise<Response> {
  return fetch(`${url}/api/config/${plural}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

function remove({ url }: Service, path: string): Promise<Response> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'if-match': '*' }
  return fetch(`${url}/api/config/${path}`, { method: 'DELETE', headers })
}

const WEBHOOK = { name: 'mine', use: 'custom', options: { token: 'token-of-this-test' } }
const RULE = { name: 'r', on: 'mine', run: 'say' }

describe('two nodes of one store', { timeout: 60_000 }, () => {
  it('apply each change of the config within seconds, whichever accepted it', async () => {
    const [one, two] = await startTwo()
    expect((await post(one, 'webhooks', WEBHOOK)).status).toBe(201)
    const deliver = (service: Service) =>
      fetch(`${service.url}/api/webhooks/mine`, {
        method: 'POST',
        headers: { 'x-webhook-token': WEBHOOK.options.token, 'content-type': 'application/json' },
        body: '{"event":"go"}',
      })
    const known = (status: number) => status !== 404
    await until(async () => (await deliver(two)).status, known, SOON_SECONDS)
    expect((await post(two, 'rules', RULE)).status).toBe(201)
    const tasksOf = async () => ((await (await deliver(one)).json()) as { tasks: object[] }).tasks
    await until(tasksOf, (tasks) => tasks.length === 1, SOON_SECONDS)
    expect((await remove(one, 'rules/r')).status).toBe(200)
    expect((await remove(two, 'webhooks/mine')).status).toBe(200)
    await until(
      async () => (await deliver(one)).status,
      (status) => !known(status),
      SOON_SECONDS,
    )
  })

  it('never get a config that neither of them checked', async () => {
    const [one, two] = await startTwo()
    for (let round = 0; round < 8; round++) {
      const made = await post(one, 'webhooks', WEBHOOK)
      expect([made.status, await made.text()]).toEqual([201, expect.any(String)])
      const [removed, ruled] = await Promise.all([
        remove(one, 'webhooks/mine'),
        post(two, 'rules', RULE),
      ])
      const statuses = [removed.status, ruled.status]
      expect([
        [200, 422],
        [409, 201],
      ]).toContainEqual(statuses)
      for (const service of [one, two]) {
        const { fault } = await service.get<{ fault: string | null }>('/api/config')
        expect(fault).toBeNull()
      }
      if (ruled.status === 201) expect((await remove(two, 'rules/r')).status).toBe(200)
      if (removed.status !== 200) expect((await remove(two, 'webhooks/mine')).status).toBe(200)
    }
  })
})
