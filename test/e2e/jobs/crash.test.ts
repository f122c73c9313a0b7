import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobView } from '../../../core/api/jobs/routes.ts'
import { newSchema } from '../../plugins/stores/postgres/create-postgres.ts'
import { type PostgresServer, query, sharedPostgres } from '../../plugins/stores/postgres/server.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const TOKEN = 'token-of-this-test'
const MANY = 250
const SENDERS = 10
const LIMIT_MS = 300_000
const WAIT_SECONDS = 120

const schema = newSchema()
const HOOKLINE_KEY = randomBytes(32).toString('base64')
const { folder, remove } = makeFolder(`
import { defineConfig, env } from 'hookline'
import { http } from 'hookline/executors'
import { custom } from 'hookline/sources'
import { postgres } from 'hookline/stores'
export default defineConfig({
  node: { name: env('NODE_NAME'), leaseSeconds: 3, concurrency: 20 },
  sources: { failing: custom({ token: env('TOKEN') }), quiet: custom({ token: env('TOKEN') }) },
  programs: {
    fail: http({ url: env('TARGET'), allowHttp: true, allowPrivate: true, retry: { attempts: 1 } }),
  },
  rules: [{ on: 'failing', run: 'fail' }],
  ...(process.env.TEST_URL === '' ? {} : {
    store: postgres({ url: env('TEST_URL'), schema: env('TEST_SCHEMA') }),
  }),
})`)
let server: PostgresServer
let target: Server

beforeAll(async () => {
  server = await sharedPostgres()
  target = createServer((_request, response) => response.writeHead(418).end()).listen(0)
}, 60_000)
afterAll(async () => {
  target.close()
  await query(server.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await server.dispose()
  remove()
})

function start(name: string, url = ''): Promise<Service> {
  const { port } = target.address() as AddressInfo
  const given = { NODE_NAME: name, TOKEN, TARGET: `http://127.0.0.1:${port}`, HOOKLINE_KEY }
  const env = { ...given, TEST_URL: url, TEST_SCHEMA: schema }
  return startService({ folder, args: ['--data', `data-${url === '' ? 'sqlite' : name}`], env })
}

async function sendMany(service: Service, source: string): Promise<void> {
  let left = MANY
  const send = async () => {
    while (left-- > 0) {
      const answer = await fetch(`${service.url}/api/webhooks/${source}`, {
        method: 'POST',
        headers: { 'x-webhook-token': TOKEN, 'content-type': 'application/json' },
        body: JSON.stringify({ event: 'thing' }),
      })
      expect(answer.status).toBe(202)
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, send))
}

async function createJob(service: Service, job: object): Promise<string> {
  const answer = await fetch(`${service.url}/api/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(job),
  })
  return ((await answer.json()) as JobView).id
}

const jobOf = (service: Service, id: string) => service.get<JobView>(`/api/jobs/${id}`)
const halfway = (service: Service, id: string) =>
  until(
    () => jobOf(service, id),
    (job) => job.done > 0 || job.endedAt !== null,
  )
const ended = (service: Service, id: string) =>
  until(
    () => jobOf(service, id),
    (job) => job.endedAt !== null,
    WAIT_SECONDS,
  )

async function all<Item extends { readonly id: string }>(
  service: Service,
  path: string,
  name: string,
): Promise<readonly Item[]> {
  const items: Item[] = []
  for (let after = ''; ; ) {
    const page = await service.get<Record<string, readonly Item[]> & { next: string | null }>(
      `${path}&limit=200${after}`,
    )
    items.push(...(page[name] ?? []))
    if (page.next === null) return items
    after = `&after=${page.next}`
  }
}

const deadTasks = (service: Service) =>
  all<{ id: string }>(service, '/api/tasks?state=dead&program=fail', 'tasks')

/** Every task failed once before the job, and once because of it. */
async function checkRetried(service: Service): Promise<void> {
  const dead = await until(
    () => deadTasks(service),
    (tasks) => tasks.length === MANY,
    WAIT_SECONDS,
  )
  const ids = dead.map(({ id }) => id)
  const wrong: unknown[] = []
  for (let first = 0; first < ids.length; first += 20) {
    const some = ids.slice(first, first + 20)
    const tasks = await Promise.all(
      some.map((id) => service.get<{ history: { status: string }[] }>(`/api/tasks/${id}`)),
    )
    for (const { history } of tasks) {
      const failed = history.filter(({ status }) => status === 'failed')
      if (failed.length !== 2) wrong.push(history)
    }
  }
  expect(wrong).toEqual([])
}

async function checkReplayed(service: Service): Promise<void> {
  const path = '/api/deliveries?source=quiet'
  const deliveries = await all<{ id: string; originalId: string | null }>(
    service,
    path,
    'deliveries',
  )
  const originals = deliveries.filter(({ originalId }) => originalId === null)
  const replayed = deliveries.flatMap(({ originalId }) => originalId ?? [])
  expect([originals.length, replayed.length]).toEqual([MANY, MANY])
  expect(replayed.toSorted()).toEqual(originals.map(({ id }) => id).toSorted())
}

describe('kill -9 in the middle of a job', { timeout: LIMIT_MS, retry: 0 }, () => {
  it('of the only node: it goes on when the node is back', async () => {
    let service = await start('one')
    await sendMany(service, 'quiet')
    const replay = await createJob(service, { action: 'replay', filter: { source: 'quiet' } })
    const atKill = await halfway(service, replay)
    await service.kill()
    expect(atKill).toMatchObject({ state: 'running', total: MANY })
    service = await start('one')
    expect(await ended(service, replay)).toMatchObject({ state: 'succeeded', done: MANY })
    await checkReplayed(service)

    await sendMany(service, 'failing')
    await until(
      () => deadTasks(service),
      (tasks) => tasks.length === MANY,
      WAIT_SECONDS,
    )
    const retry = await createJob(service, { action: 'retry', filter: { program: 'fail' } })
    expect((await halfway(service, retry)).state).toBe('running')
    await service.kill()
    service = await start('one')
    expect(await ended(service, retry)).toMatchObject({ state: 'succeeded', done: MANY })
    await checkRetried(service)
    expect(await service.stop()).toBe(0)
  })

  it('of one of two nodes: the other one goes on', async () => {
    const nodes = new Map<string, Service>()
    for (const name of ['a', 'b']) nodes.set(name, await start(name, server.url))
    const any = () => [...nodes.values()][0] as Service
    const killHolder = async (id: string) => {
      const job = await halfway(any(), id)
      expect(job.state).toBe('running')
      await nodes.get(job.node ?? '')?.kill()
      nodes.delete(job.node ?? '')
      return job.node ?? ''
    }
    await sendMany(any(), 'quiet')
    const replay = await createJob(any(), { action: 'replay', filter: { source: 'quiet' } })
    const killed = await killHolder(replay)
    const job = await ended(any(), replay)
    expect(job).toMatchObject({ state: 'succeeded', done: MANY })
    expect(job.node).not.toBe(killed)
    await checkReplayed(any())

    nodes.set(killed, await start(killed, server.url))
    await sendMany(any(), 'failing')
    await until(
      () => deadTasks(any()),
      (tasks) => tasks.length === MANY,
      WAIT_SECONDS,
    )
    const retry = await createJob(any(), { action: 'retry', filter: { program: 'fail' } })
    await killHolder(retry)
    expect(await ended(any(), retry)).toMatchObject({ state: 'succeeded', done: MANY })
    await checkRetried(any())
    await Promise.all([...nodes.values()].map((node) => node.stop()))
  })
})
