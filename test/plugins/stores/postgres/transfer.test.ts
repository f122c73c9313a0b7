import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { NodeStatus } from '../../../../core/contracts/node-registry.ts'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { ends, fill } from '../../../../core/testing/store-cases/make-move.ts'
import { moveStore } from '../../../../core/transfer/move-store.ts'
import { createOver, newSchema } from './create-postgres.ts'
import { type PostgresServer, query, startOwnPostgres } from './server.ts'

const NODE: NodeStatus = {
  name: 'node-1',
  role: 'all',
  labels: [],
  version: '1',
  startedAt: 0,
  config: 'c',
}

let postgres: PostgresServer
const schemas: string[] = []
const opened: StoreInstance[] = []

beforeAll(async () => {
  // Its connections are cut: no other test may have any there.
  postgres = await startOwnPostgres(['-c', 'fsync=off'])
}, 60_000)

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
})

afterAll(async () => {
  for (const schema of schemas) await query(postgres.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await postgres.dispose()
})

function make(): { readonly schema: string; readonly store: StoreInstance } {
  const schema = newSchema()
  schemas.push(schema)
  const store = createOver(postgres.url, { schema })
  opened.push(store)
  return { schema, store }
}

async function makeFilled() {
  const made = make()
  await made.store.open()
  await fill(made.store)
  return made
}

describe('moving a Postgres store', () => {
  it('is refused while a node lives, and while one whose heartbeats are rare is connected', async () => {
    const { schema, store } = await makeFilled()
    await store.announceNode(NODE)
    const refused = { code: 'transfer_refused', message: expect.stringContaining('node-1') }
    await expect(ends(store).openSource()).rejects.toMatchObject(refused)
    await query(postgres.url, `UPDATE ${schema}.nodes SET seen_at = seen_at - 120000`)
    await expect(ends(store).openSource()).rejects.toMatchObject(refused)
    await query(postgres.url, `UPDATE ${schema}.nodes SET seen_at = seen_at - 3600000`)
    const source = await ends(store).openSource()
    await source.close()
  })

  it('is refused to the second of two that fill one store', async () => {
    const { store } = await makeFilled()
    const other = make().store
    const source = await ends(store).openSource()
    const targets = [await ends(other).openTarget('it'), await ends(other).openTarget('it')]
    const [page, tasks] = [await source.read('deliveries', null), await source.read('tasks', null)]
    const written = await Promise.allSettled(
      targets.map(async (target) => {
        await target.write('deliveries', page)
        await target.write('tasks', tasks)
      }),
    )
    expect(written.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const lost = written.find((each) => each.status === 'rejected')
    expect(lost?.reason).toMatchObject({ code: 'transfer_refused' })
    await Promise.all([source, ...targets].map((end) => end.close()))
  })

  it('outlives connections that break, and finishes nothing while a node lives', async () => {
    const { store } = await makeFilled()
    const { schema, store: other } = make()
    const source = await ends(store).openSource()
    const target = await ends(other).openTarget(source.name)
    const cut = () =>
      query(
        postgres.url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hookline move'`,
      )
    let pages = 0
    const counted = {
      ...source,
      read: async (...args: Parameters<typeof source.read>) => {
        pages += 1
        if (pages % 3 === 0) await cut()
        return source.read(...args)
      },
    }
    const announced = `
      INSERT INTO ${schema}.nodes (name, role, labels, version, started_at, config, seen_at)
      VALUES ('early', 'all', '[]', '1', 0, 'c', extract(epoch FROM now()) * 1000)`
    await query(postgres.url, announced)
    let report = null
    let refused: unknown = null
    // Whatever breaks, it goes on from where it was.
    for (let tries = 0; tries < 20 && refused === null; tries++) {
      report = await moveStore({ source: counted, target, onProgress: () => {} }).catch((error) => {
        if (error.code === 'transfer_refused') refused = error
        else expect(error.code).toBe('store_unavailable')
        return null
      })
    }
    expect(refused).toMatchObject({ message: expect.stringContaining('early') })
    await query(postgres.url, `DELETE FROM ${schema}.nodes`)
    report = await moveStore({ source, target, onProgress: () => {} })
    expect(report.isEqual).toBe(true)
    await Promise.all([source.close(), target.close()])
    await other.open()
  })

  it('moves no store to itself, an empty one neither', async () => {
    const { schema, store } = make()
    await store.open()
    const source = await ends(store).openSource()
    await expect(ends(store).openTarget(source.name)).rejects.toMatchObject({
      code: 'transfer_refused',
    })
    await source.close()
    const [row] = await query(postgres.url, `SELECT to_regclass('${schema}.transfer') AS found`)
    expect(row).toEqual({ found: null })
  })

  it('leaves a store of an older version as it is', async () => {
    const { schema, store } = await makeFilled()
    await query(postgres.url, `DELETE FROM ${schema}.schema_version`)
    await query(postgres.url, `INSERT INTO ${schema}.schema_version VALUES (0)`)
    await expect(ends(store).openSource()).rejects.toMatchObject({ code: 'transfer_refused' })
    await expect(ends(store).openTarget('it')).rejects.toMatchObject({ code: 'transfer_refused' })
    const rows = await query(postgres.url, `SELECT version FROM ${schema}.schema_version`)
    expect(rows).toEqual([{ version: 0 }])
  })

  it('finds no store where there is none', async () => {
    await expect(ends(make().store).openSource()).rejects.toMatchObject({
      code: 'transfer_refused',
    })
  })
})
