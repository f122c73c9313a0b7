import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import {
  acceptTask,
  claimOne,
  makeEntry,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { MIGRATIONS } from '../../../../plugins/stores/postgres/database/migrations.ts'
import { AFTER_NEXT, NEXT } from '../../../fixtures/postgres/next-migrations.ts'
import { createOver, newSchema, type StoreFields } from './create-postgres.ts'
import {
  isAtWork,
  linesOf,
  type NodeProcess,
  settleRest,
  startNode,
  twice,
} from './node-process.ts'
import { type PostgresServer, query, sharedPostgres } from './server.ts'

const ANSWER_MS = 2_000

let server: PostgresServer
let schema: string
const opened: StoreInstance[] = []
const started: NodeProcess[] = []
beforeAll(async () => {
  server = await sharedPostgres()
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

// As an older node writes them: in sessions of its own kind, without notes.
const earlierRows = (name: string, from: number, to: number): string => `
  SET search_path = ${name};
  WITH added AS (
    INSERT INTO deliveries (id, source, received_at, method, path, headers, outcome, body)
    SELECT 'dlv_' || lpad(n::text, 10, '0'), 'github', n, 'POST', '/', '{}', 'accepted', ''
    FROM generate_series(${from}, ${to}) AS n RETURNING *
  )
  INSERT INTO tasks (id, delivery_id, event_id, source, event_type, rule, program, priority, payload_bytes,
    state, created_at, due_at, ended_at)
  SELECT 'tsk_' || id, id, 'evt', source, 'push', 'r', 'p', 0, 0,
    CASE received_at % 2 WHEN 0 THEN 'dead' ELSE 'waiting' END, received_at, 1,
    CASE received_at % 2 WHEN 0 THEN received_at END
  FROM added`

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

  it('notes once what the version before commits, before the upgrade and after it', async () => {
    const before = MIGRATIONS.findIndex(({ sql }) => sql.includes('unprojected_deliveries'))
    await (await open(MIGRATIONS.slice(0, before))).ping()
    await query(server.url, earlierRows(schema, 1, 250))
    const store = await open()
    await query(server.url, earlierRows(schema, 251, 260))
    await query(
      server.url,
      `SET search_path = ${schema};
      UPDATE tasks SET state = 'dead', ended_at = 7 WHERE state = 'waiting' AND created_at > 255`,
    )
    const [delivery, task] = [makeEntry(), (await store.tasks({ limit: 1 })).items[0]]
    await store.accept(delivery)
    await store.cancel(
      (await store.tasks({ deliveryId: delivery.delivery.id, limit: 1 })).items[0]?.id ?? '',
    )
    expect(task).toBeDefined()
    const read = { deliveries: [] as string[], ends: [] as string[] }
    for (let more = true; more; ) {
      const part = await store.unprojected(60)
      read.deliveries.push(...part.deliveries.map(({ id }) => id))
      read.ends.push(...part.ends.map(({ id }) => id))
      expect(await store.project(part)).toBe(true)
      more = part.more
    }
    expect([read.deliveries.length, new Set(read.deliveries).size]).toEqual([261, 261])
    // Half had ended before they were inserted.
    const ended = await query(
      server.url,
      `SELECT id FROM ${schema}.tasks WHERE ended_at IS NOT NULL`,
    )
    expect(read.ends.toSorted()).toEqual(ended.map(({ id }) => id).toSorted())
  })

  it('is refused to a version that needs what is gone, and to none after it', async () => {
    await open(AFTER_NEXT)
    await expect(open()).rejects.toMatchObject({ code: 'store_too_new' })
    const known = MIGRATIONS.length
    const message = new RegExp(`version ${known + 2}.*version ${known + 1}.*up to ${known}`)
    await expect(open()).rejects.toThrow(message)
    await (await open(NEXT)).ping()
    await (await open(AFTER_NEXT)).ping()
  })

  it('is brought up from a schema that did not say yet who can use it', async () => {
    const old = await open()
    await query(server.url, `ALTER TABLE ${schema}.schema_version DROP COLUMN works_from`)
    await open()
    expect(await versions()).toEqual(MIGRATIONS.map((_, index) => [index + 1, null]))
    const newer = `INSERT INTO ${schema}.schema_version (version) VALUES (${MIGRATIONS.length + 1})`
    await query(server.url, newer)
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
      await sleep(10)
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
        expect(performance.now() - begun).toBeLessThan(45_000)
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
