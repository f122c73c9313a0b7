import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newSchema } from './create-postgres.ts'
import { isAtWork, linesOf, settleRest, startNode, twice } from './node-process.ts'
import { type PostgresServer, query, startOwnPostgres } from './server.ts'

const ROLES = ['receive', 'work', 'work'] as const
/** More for a long run by hand. */
const KILLS = Number(process.env['HOOKLINE_TEST_KILLS'] ?? 5)
const LIMIT_MS = 60_000 + KILLS * 5_000

let server: PostgresServer
beforeAll(async () => {
  server = await startOwnPostgres()
}, 60_000)
afterAll(() => server?.dispose())

describe('postgres, with processes that are killed', { retry: 0 }, () => {
  it(`loses nothing and settles nothing twice in ${KILLS} kills`, {
    timeout: LIMIT_MS,
  }, async () => {
    const schema = newSchema()
    const running = ROLES.map((role) => startNode({ url: server.url, schema, role }))
    const outputs: string[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const place = Math.floor(Math.random() * running.length)
      const victim = running[place]
      if (victim === undefined) continue
      await isAtWork(victim)
      await sleep(Math.random() * 200)
      victim.child.kill('SIGKILL')
      outputs.push(await victim.ended)
      running[place] = startNode({ url: server.url, schema, role: victim.role })
    }
    for (const { child } of running) child.kill('SIGKILL')
    outputs.push(...(await Promise.all(running.map(({ ended }) => ended))))

    const accepted = linesOf(outputs, 'accepted')
    const settled = linesOf(outputs, 'settled')
    expect(accepted.length).toBeGreaterThan(KILLS)
    expect(settled.length).toBeGreaterThan(0)
    expect(new Set(settled).size).toBe(settled.length)
    await settleRest(server.url, schema)
    const rows = await query(server.url, `SELECT id, state FROM ${schema}.tasks`)
    const states = new Map(rows.map(({ id, state }) => [id, state]))
    expect(accepted.filter((id) => states.get(id) !== 'succeeded')).toEqual([])
    expect(await query(server.url, twice(schema))).toEqual([])
    expect(await query(server.url, `SELECT * FROM ${schema}.lanes`)).toEqual([])
  })
})
