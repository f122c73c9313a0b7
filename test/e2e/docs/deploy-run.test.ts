import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { sign } from '@octokit/webhooks-methods'
import { afterAll, describe, expect, it } from 'vitest'
import type { TaskView } from '../../../core/api/tasks/views.ts'
import { newSchema } from '../../plugins/stores/postgres/create-postgres.ts'
import { type PostgresServer, query, sharedPostgres } from '../../plugins/stores/postgres/server.ts'
import { missingTool } from '../../requirements.ts'
import { makeFolder, type Service, startService, until } from '../service.ts'
import { type ComposeService, readCompose } from './compose-file.ts'

const DEPLOY = join(import.meta.dirname, '../../../docs/deploy')
const SECRET = 'secret-of-this-test'
const DELIVERIES = 60

const missing = missingTool('nginx')
const { folder, remove } = makeFolder('')
const closers: (() => unknown)[] = [remove]

afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

/** The service of the compose file, as a process here. */
async function startAs(
  { command = [], environment = {} }: ComposeService,
  { postgres, schema, data }: { postgres: PostgresServer; schema: string; data: string },
): Promise<Service> {
  const [start, ...args] = command
  expect(start).toBe('start')
  const env = {
    ...Object.fromEntries(Object.keys(environment).map((name) => [name, ENVIRONMENT[name] ?? ''])),
    // Of its own, where the server is shared.
    DATABASE_URL: postgres.url,
    TEST_SCHEMA: schema,
  }
  const service = await startService({ folder, env, args: [...args, '--data', data] })
  closers.push(() => service.stop())
  return service
}

const ENVIRONMENT: Readonly<Record<string, string>> = {
  PUBLIC_URL: 'https://hooks.example.com',
  GITHUB_SECRET: SECRET,
  HOOKLINE_KEY: randomBytes(32).toString('hex'),
  HOOKLINE_ADMIN_TOKEN: 'admin-token-of-the-tests',
}

/** nginx with the config of the docs, in front of these. Answers its address. */
async function startNginx(receivers: readonly Service[]): Promise<string> {
  const port = await freePort()
  let config = readFileSync(join(DEPLOY, 'nginx.conf'), 'utf8').replace('8080', String(port))
  for (const [index, { url }] of receivers.entries()) {
    config = config.replace(`receiver-${index + 1}:12345`, new URL(url).host)
  }
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, config)
  const extra = `daemon off; pid ${join(folder, 'nginx.pid')}; error_log stderr;`
  const child = spawn('nginx', ['-c', file, '-g', extra, '-e', 'stderr'], { stdio: 'ignore' })
  closers.push(() => child.kill('SIGTERM'))
  const url = `http://127.0.0.1:${port}`
  await until(
    () => fetch(url).then(({ status }) => status, String),
    (status) => status === 404,
  )
  return url
}

async function deliver(url: string, index: number): Promise<number> {
  const body = JSON.stringify({ ref: `refs/heads/b${index}`, after: 'abcdef0123456789' })
  const response = await fetch(`${url}/api/webhooks/github`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': `delivery-${index}`,
      'x-hub-signature-256': await sign(SECRET, body),
    },
    body,
  })
  await response.arrayBuffer()
  return response.status
}

describe('the files of docs/deploy, carried out here', { timeout: 120_000 }, () => {
  it('lose no delivery and no task where a receiver and a worker are killed', async ({ skip }) => {
    if (missing !== null) skip(missing)
    const postgres = await sharedPostgres()
    const schema = newSchema()
    closers.push(async () => {
      await query(postgres.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      await postgres.dispose()
    })
    for (const file of ['webhook.config.ts', 'report.py']) {
      cpSync(join(DEPLOY, file), join(folder, file))
    }
    const config = join(folder, 'webhook.config.ts')
    const text = readFileSync(config, 'utf8')
    const store = "postgres({ url: env('DATABASE_URL'), schema: env('TEST_SCHEMA') })"
    writeFileSync(config, text.replace("postgres(env('DATABASE_URL'))", store))

    const { services } = readCompose()
    const start = (name: string, data: string) =>
      startAs(services[name] ?? {}, { postgres, schema, data })
    const receivers = [await start('receiver-1', 'r1'), await start('receiver-2', 'r2')] as const
    const workers = [await start('worker', 'w1'), await start('worker', 'w2')] as const
    await start('worker', 'w3')
    const url = await startNginx(receivers)

    for (let index = 0; index < DELIVERIES; index++) {
      if (index === DELIVERIES / 3) await receivers[0].kill()
      if (index === DELIVERIES / 2) await workers[1].kill()
      expect(await deliver(url, index)).toBe(202)
    }
    const page = () => receivers[1].get<{ tasks: TaskView[] }>('/api/tasks?limit=200')
    const { tasks } = await until(page, (now) => hasAll(now.tasks), 60)
    expect(tasks).toHaveLength(DELIVERIES)

    // Nothing else is published.
    for (const path of ['/api/tasks', '/healthz', '/metrics', '/api/webhooks']) {
      expect((await fetch(url + path)).status).toBe(404)
    }
    const nodes = await receivers[1].get<{ nodes: { live: boolean }[] }>('/api/nodes')
    expect(nodes.nodes).toHaveLength(5)
  })
})

function hasAll(tasks: readonly TaskView[]): boolean {
  return tasks.length === DELIVERIES && tasks.every(({ state }) => state === 'succeeded')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
