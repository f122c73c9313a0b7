import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claim, makeSettlement } from '../contracts/store-cases/make-entry.ts'
import { createOver, newSchema } from './create-postgres.ts'
import { type PostgresServer, query, startOwnPostgres } from './postgres-server.ts'

const NODE = join(import.meta.dirname, '../fixtures/postgres/node.ts')
const ROLES = ['receive', 'work', 'work'] as const
/** More for a long run by hand. */
const KILLS = Number(process.env['HOOKLINE_TEST_KILLS'] ?? 8)
const LIMIT_MS = 60_000 + KILLS * 5_000
const SLOT_WAIT_MS = 10_000

let server: PostgresServer
beforeAll(async () => {
  server = await startOwnPostgres()
}, 60_000)
afterAll(() => server?.dispose())

interface Running {
  readonly role: (typeof ROLES)[number]
  readonly child: ChildProcess
  readonly ended: Promise<string>
  output: string
}

function start(schema: string, role: Running['role']): Running {
  const child = spawn(process.execPath, [NODE, server.url, schema, role], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = Promise.withResolvers<string>()
  const running: Running = { role, child, ended: ended.promise, output: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    running.output += text
  })
  child.on('close', () => ended.resolve(running.output))
  return running
}

describe('postgres, with processes that are killed', () => {
  it(`loses nothing and settles nothing twice in ${KILLS} kills`, {
    timeout: LIMIT_MS,
  }, async () => {
    const schema = newSchema()
    const running = ROLES.map((role) => start(schema, role))
    const outputs: string[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const place = Math.floor(Math.random() * running.length)
      const victim = running[place]
      if (victim === undefined) continue
      await isAtWork(victim)
      await sleep(Math.random() * 200)
      victim.child.kill('SIGKILL')
      outputs.push(await victim.ended)
      running[place] = start(schema, victim.role)
    }
    for (const { child } of running) child.kill('SIGKILL')
    outputs.push(...(await Promise.all(running.map(({ ended }) => ended))))

    const accepted = linesOf(outputs, 'accepted')
    const settled = linesOf(outputs, 'settled')
    expect(accepted.length).toBeGreaterThan(KILLS)
    expect(settled.length).toBeGreaterThan(0)
    expect(new Set(settled).size).toBe(settled.length)
    await settleRest(schema)
    const rows = await query(server.url, `SELECT id, state FROM ${schema}.tasks`)
    const states = new Map(rows.map(({ id, state }) => [id, state]))
    expect(accepted.filter((id) => states.get(id) !== 'succeeded')).toEqual([])
    expect(await query(server.url, twice(schema))).toEqual([])
    expect(await query(server.url, `SELECT * FROM ${schema}.lanes`)).toEqual([])
  })
})

// It has printed what it does, so that the kill finds it at work.
async function isAtWork(victim: Running): Promise<void> {
  const start = performance.now()
  while (!victim.output.includes('ed tsk_') && performance.now() - start < SLOT_WAIT_MS) {
    await sleep(20)
  }
}

// What the last ones held comes back once their leases are over.
async function settleRest(schema: string): Promise<void> {
  const store = createOver(server.url, { schema })
  await store.open()
  for (;;) {
    const claims = await claim(store, { limit: 100 })
    await Promise.all(claims.map(({ lease }) => store.settle(lease, makeSettlement())))
    const { waiting, running } = await store.countTasks()
    if (waiting + running === 0) break
    if (claims.length === 0) await sleep(50)
  }
  await store.close()
}

function linesOf(outputs: readonly string[], word: string): readonly string[] {
  // A last line without its end was cut by the kill.
  return outputs
    .flatMap((output) => output.split('\n').slice(0, -1))
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1))
}

function twice(schema: string): string {
  return `
    SELECT task_id FROM ${schema}.attempts WHERE status = 'succeeded' GROUP BY task_id HAVING count(*) > 1`
}
