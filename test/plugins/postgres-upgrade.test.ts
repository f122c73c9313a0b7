import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../core/index.ts'
import { MIGRATIONS } from '../../plugins/stores/postgres/migrations.ts'
import { acceptTask, claimOne, makeSettlement } from '../contracts/store-cases/make-entry.ts'
import { AFTER_NEXT, NEXT } from '../fixtures/postgres/next-migrations.ts'
import { createOver, newSchema, type StoreFields } from './create-postgres.ts'
import {
  isAtWork,
  linesOf,
  type NodeProcess,
  settleRest,
  startNode,
  twice,
} from './postgres-node-process.ts'
import { type PostgresServer, query, startPostgres } from './postgres-server.ts'

const ANSWER_MS = 2_000

let server: PostgresServer
let schema: string
const opened: StoreInstance[] = []
const started: NodeProcess[] = []
beforeAll(async () => {
  server = await startPostgres(['-c', 'fsync=off'])
}, 60_000)
afterAll(() => server?.dispose())
beforeEach(() => {
  schema = newSchema()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
  for (const { child } of started.splice(0)) child.kill('SIGKILL')
})

async function open(migrations?: StoreFields['migrations']): Promise<StoreInstance> {
  const store = createOver(server.url, {
    schema,
    ...(migrations === undefined ? {} : { migrations }),
  })
  opened.push(store)
  await store.open()
  return store
}

function start(role: NodeProcess['role'], version?: 'next'): NodeProcess {
  const options = { url: server.url, schema, role }
  const node = startNode(version === undefined ? options : { ...options, version })
  started.push(node)
  return node
}

const versions = async () =>
  (await query(server.url, `SELECT * FROM ${schema}.schema_version ORDER BY version`)).map(
    ({ version, works_from }) => [version, works_from],
  )

describe('postgres, in an upgrade', () => {
  it('has no step that the version before could not work on', () => {
    for (const migrations of [MIGRATIONS, AFTER_NEXT]) {
      for (const [index, { worksFrom }] of migrations.entries()) {
        expect(worksFrom).toBeLessThanOrEqual(index)
      }
    }
  })

  it('is used by the version before, whether it ran already or starts anew', async () => {
    const old = await open()
    const before = await acceptTask(old)
    const { lease } = await claimOne(old)
    const [next, ...others] = await Promise.all([open(NEXT), open(NEXT), open(NEXT)])
    expect(others).toHaveLength(2)
    const known = MIGRATIONS.length
    expect((await versions()).at(-1)).toEqual([known + 1, known])
    expect(await versions()).toHaveLength(known + 1)
    expect(await old.settle(lease, makeSettlement())).toBe(true)
    expect((await next?.task(before))?.state).toBe('succeeded')
    const late = await open()
    for (const [one, other] of [
      [old, next],
      [next, late],
      [late, old],
    ] as const) {
      const id = await acceptTask(one as StoreInstance)
      const claimed = await claimOne(other as StoreInstance)
      expect(claimed.task.id).toBe(id)
      expect(await other?.settle(claimed.lease, makeSettlement())).toBe(true)
    }
  })

  it('is refused to a version that needs what is gone, and to none after it', async () => {
    await open(AFTER_NEXT)
    await expect(open()).rejects.toMatchObject({ code: 'store_too_new' })
    await expect(open()).rejects.toThrow(/version 3.*version 2.*up to 1/)
    await (await open(NEXT)).ping()
    await (await open(AFTER_NEXT)).ping()
  })

  it('is brought up from a schema that did not say yet who can use it', async () => {
    const old = await open()
    await query(server.url, `ALTER TABLE ${schema}.schema_version DROP COLUMN works_from`)
    await open()
    expect(await versions()).toEqual([[1, null]])
    await query(server.url, `INSERT INTO ${schema}.schema_version (version) VALUES (2)`)
    await expect(open()).rejects.toMatchObject({ code: 'store_too_new' })
    await old.ping()
  })

  it('waits for who reads a table, and holds up no sender meanwhile', {
    timeout: 60_000,
  }, async () => {
    const old = await open()
    await acceptTask(old)
    const reader = new Client({ connectionString: server.url })
    await reader.connect()
    await reader.query(`BEGIN; SELECT count(*) FROM ${schema}.tasks`)
    let isUp = false
    const next = open(NEXT).then(() => {
      isUp = true
    })
    const waits: number[] = []
    const begun = performance.now()
    while (performance.now() - begun < 6_000) {
      const asked = performance.now()
      await acceptTask(old)
      waits.push(performance.now() - asked)
    }
    expect(isUp).toBe(false)
    expect(Math.max(...waits)).toBeLessThan(ANSWER_MS)
    // It did get in the way: else nothing was shown.
    expect(Math.max(...waits)).toBeGreaterThan(300)
    await reader.query('COMMIT')
    await reader.end()
    await next
    await acceptTask(old)
  })

  it('loses nothing and settles nothing twice while both versions run', {
    timeout: 90_000,
  }, async () => {
    const old = [start('receive'), start('work'), start('work')]
    await Promise.all(old.map(isAtWork))
    const next = [start('receive', 'next'), start('work', 'next')]
    await Promise.all(next.map(isAtWork))
    expect(await versions()).toHaveLength(MIGRATIONS.length + 1)
    // Each old one works on what the new one has changed, and so does one that starts only now.
    const soFar = old.map(({ output }) => output().length)
    const late = start('work')
    await isAtWork(late)
    for (const [index, { output }] of old.entries()) {
      const had = soFar[index] ?? 0
      for (const begun = performance.now(); output().length <= had; await sleep(20)) {
        expect(performance.now() - begun).toBeLessThan(20_000)
      }
    }

    const all = [...old, ...next, late]
    for (const { child } of all) child.kill('SIGKILL')
    const outputs = await Promise.all(all.map(({ ended }) => ended))
    const settled = linesOf(outputs, 'settled')
    expect(new Set(settled).size).toBe(settled.length)
    await settleRest(server.url, schema)
    const rows = await query(server.url, `SELECT id, state FROM ${schema}.tasks`)
    const states = new Map(rows.map(({ id, state }) => [id, state]))
    const accepted = linesOf(outputs, 'accepted')
    expect(accepted.filter((id) => states.get(id) !== 'succeeded')).toEqual([])
    expect(await query(server.url, twice(schema))).toEqual([])
  })
})
