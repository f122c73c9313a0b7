import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeEntry } from '../../../core/testing/store-cases/make-entry.ts'
import type { MoveReport } from '../../../core/transfer/move-store.ts'
import { BIN, bareEnv, cli } from '../../core/cli/cli-process.ts'
import { newKey } from '../../core/sealing/create-sealed.ts'
import { createOver, newSchema } from '../../plugins/stores/postgres/create-postgres.ts'
import { type PostgresServer, query, sharedPostgres } from '../../plugins/stores/postgres/server.ts'
import { makeFolder, type Service, startService, until } from '../service.ts'
import { fillStore, KNOWN_SENDER_ID, ROWS, WAITING } from './large-store.ts'

const KILLS = 3
/** Pages, of about 25 in all. */
const MAX_STEPS = 7
const schema = newSchema()
const HOOKLINE_KEY = newKey()
const { folder, remove } = makeFolder(`
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
import { postgres } from 'hookline/stores'
export default defineConfig({
  node: { leaseSeconds: 3 },
  sources: { hook: custom({ token: 'token-of-this-test' }) },
  programs: {
    note: subprocess({ command: ['/bin/sh', '-c', 'echo "$WEBHOOK_TASK_ID" >> runs.txt'], cwd: '.', policy: { concurrency: 4 } }),
  },
  rules: [{ on: 'hook', run: 'note' }],
  encryptPayloads: true,
  store: postgres({ url: env('TEST_URL'), schema: env('TEST_SCHEMA') }),
})`)
const source = join(folder, 'hookline.db')
const back = join(folder, 'back.db')
let postgres: PostgresServer
let service: Service | undefined

beforeAll(async () => {
  postgres = await sharedPostgres()
  await fillStore({ folder, key: HOOKLINE_KEY })
}, 120_000)

afterEach(() => service?.stop())

afterAll(async () => {
  await query(postgres.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await postgres.dispose()
  remove()
})

const env = () => ({ TEST_URL: postgres.url, TEST_SCHEMA: schema, HOOKLINE_KEY })
const MOVE = ['migrate-store', '--json']
const FORTH = [...MOVE, '--from', 'sqlite:hookline.db', '--to', 'config']
const BACK = [...MOVE, '--from', 'config', '--to', 'sqlite:back.db']

interface Run {
  readonly signal: string | null
  readonly code: number | null
  readonly stdout: string
}

/** Runs it, and kills it once its position has changed so often; null: never. */
async function run(args: readonly string[], steps: number | null, position: () => Promise<string>) {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { ...bareEnv(), ...env() },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const written = text(child.stdout)
  let last = await position()
  for (let left = steps ?? 0; left > 0 && child.exitCode === null; ) {
    const now = await position()
    if (now !== last) left -= 1
    last = now
  }
  if (steps !== null) child.kill('SIGKILL')
  const [code, signal] = await exited
  return { code, signal, stdout: await written } as Run
}

async function runKilled(args: readonly string[], position: () => Promise<string>) {
  let kills = 0
  for (let count = 0; count < KILLS; count++) {
    const steps = 1 + Math.floor(Math.random() * MAX_STEPS)
    const { signal, code } = await run(args, steps, position)
    // It may have come to its end before the position was seen to change so often.
    if (code === 0) break
    expect([code, signal], `killed after ${steps} steps`).toEqual([null, 'SIGKILL'])
    kills += 1
  }
  expect(kills).toBeGreaterThan(1)
  const { code, stdout } = await run(args, null, position)
  expect(code).toBe(0)
  return JSON.parse(stdout) as MoveReport
}

async function positionInPostgres(): Promise<string> {
  const sql = `SELECT kind, after FROM ${schema}.transfer`
  return query(postgres.url, sql).then(JSON.stringify, () => 'none')
}

async function positionInBack(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 2))
  if (!existsSync(back)) return 'none'
  const database = new DatabaseSync(back, { readOnly: true })
  try {
    return JSON.stringify(database.prepare('SELECT kind, after FROM transfer').get())
  } catch {
    return 'none'
  } finally {
    database.close()
  }
}

const hashes = ({ kinds }: MoveReport) => kinds.map(({ target }) => target)

describe('hookline migrate-store', () => {
  let forth: MoveReport

  it('moves SQLite to Postgres, killed again and again', { timeout: 120_000 }, async () => {
    const before = readFileSync(source)
    forth = await runKilled(FORTH, positionInPostgres)
    expect(forth.isEqual).toBe(true)
    expect(forth.kinds.reduce((sum, kind) => sum + kind.target.rows, 0)).toBeGreaterThan(ROWS)
    expect(readFileSync(source).equals(before)).toBe(true)
  })

  it('moves Postgres back to SQLite, killed again and again', { timeout: 120_000 }, async () => {
    const report = await runKilled(BACK, positionInBack)
    expect(report.isEqual).toBe(true)
    expect(hashes(report)).toEqual(hashes(forth))
  })

  it('leaves a working store: each waiting task runs once, duplicates are known, the audit log verifies', {
    timeout: 120_000,
  }, async () => {
    const { url } = postgres
    service = await startService({ folder, env: env(), args: ['--data', 'data'] })
    const running = service
    const path = '/api/tasks?state=waiting&program=note'
    await until(
      () => running.get<{ tasks: unknown[] }>(path),
      ({ tasks }) => tasks.length === 0,
      60,
    )
    const refused = await cli(BACK, { cwd: folder, env: env() })
    expect(refused.stderr).toContain('Nodes use postgres')
    await until(
      () => running.get<{ tasks: unknown[] }>('/api/tasks?state=running'),
      ({ tasks }) => tasks.length === 0,
    )
    await running.stop()
    const runs = readFileSync(join(folder, 'runs.txt'), 'utf8').trim().split('\n')
    expect([runs.length, new Set(runs).size]).toEqual([WAITING, WAITING])

    const verified = await cli(['audit', 'verify', '--store', '--json'], {
      ...{ cwd: folder, env: env() },
    })
    expect(verified.code).toBe(0)
    const store = createOver(url, { schema })
    await store.open()
    const receipt = await store.accept(makeEntry({ senderId: KNOWN_SENDER_ID }, { source: 'hook' }))
    const counts = await store.countTasks()
    await store.close()
    expect(receipt.duplicate).toBe(true)
    expect(counts).toMatchObject({ waiting: 0, running: 0, dead: 0 })
  })

  it('says what differs once the target was used, and changes nothing', async () => {
    const { code, stderr, stdout } = await cli(FORTH, { cwd: folder, env: env() })
    expect(code).toBe(1)
    expect(stderr).toContain('transfer_differs')
    expect(stderr).toMatch(/Not equal in both stores: deliveries, tasks, attempts/)
    expect(JSON.parse(stdout)).toMatchObject({ isEqual: false, moved: { rows: 0 } })
  })
})
