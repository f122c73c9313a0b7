import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli } from '../../core/cli/cli-process.ts'
import { newSchema } from '../../plugins/stores/postgres/create-postgres.ts'
import { type PostgresServer, query, sharedPostgres } from '../../plugins/stores/postgres/server.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const CONFIG =
  "import { defineConfig, env } from 'hookline'\nimport { postgres } from 'hookline/stores'\n" +
  "export default defineConfig({ store: postgres({ url: env('TEST_URL'), schema: env('TEST_SCHEMA') }) })"
const SOON_MS = 8000

const schema = newSchema()
const folders = [makeFolder(CONFIG), makeFolder(CONFIG)]
let postgres: PostgresServer
let nodes: Service[]
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  postgres = await sharedPostgres()
  const key = randomBytes(32).toString('base64')
  env = { TEST_URL: postgres.url, TEST_SCHEMA: schema, HOOKLINE_KEY: key }
  nodes = []
  for (const { folder } of folders) nodes.push(await startService({ folder, env }))
}, 60_000)
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await query(postgres.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await postgres.dispose()
  for (const { remove } of folders) remove()
})

function nodeAt(index: number): Service {
  const node = nodes[index]
  if (node === undefined) throw new Error('no such node')
  return node
}

async function ask(index: number, route: string, given: { token?: string; json?: unknown } = {}) {
  const [method = '', path = ''] = route.split(' ')
  const { token = ADMIN_TOKEN, json } = given
  return fetch(`${nodeAt(index).url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  })
}

async function make(index: number, name: string): Promise<string> {
  const answer = await ask(index, 'POST /api/tokens', { json: { name, role: 'viewer' } })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { token: string }).token
}

const statusAt = async (index: number, token: string) =>
  (await ask(index, 'GET /api/tasks', { token })).status

describe('two nodes of one store', () => {
  it('accept a token that the other one created, and refuse it once that one revoked it', async () => {
    const token = await make(0, 'ci')
    expect(await statusAt(0, token)).toBe(200)
    await until(
      () => statusAt(1, token),
      (status) => status === 200,
    )
    const revoked = await ask(1, 'DELETE /api/tokens/ci')
    expect(revoked.status).toBe(200)
    expect(await statusAt(1, token)).toBe(401)
    const startedAt = performance.now()
    await until(
      () => statusAt(0, token),
      (status) => status === 401,
    )
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
  })

  it('refuse a token that was revoked while one of them was away', async () => {
    const token = await make(0, 'away')
    await until(
      () => statusAt(1, token),
      (status) => status === 200,
    )
    await nodeAt(1).kill()
    await ask(0, 'DELETE /api/tokens/away')
    nodes[1] = await startService({ folder: folders[1]?.folder ?? '', env })
    expect(await statusAt(1, token)).toBe(401)
  })

  it('keep one chain of their concurrent acts', async () => {
    const names = Array.from({ length: 20 }, (_, count) => `both-${count}`)
    const asked = names.flatMap((name) =>
      [0, 1].map((index) => ask(index, 'POST /api/tokens', { json: { name, role: 'viewer' } })),
    )
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(names.length)
    expect(statuses.filter((status) => status === 409)).toHaveLength(names.length)
    const verified = await cli(['audit', 'verify'], {
      cwd: folders[0]?.folder ?? '',
      env: { HOOKLINE_URL: nodeAt(0).url, HOOKLINE_TOKEN: ADMIN_TOKEN },
    })
    expect(verified).toMatchObject({ code: 0, stderr: '' })
  })
})
