import fc from 'fast-check'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { env } from '../../../../core/sdk/define.ts'
import {
  acceptTask,
  claim,
  claimOne,
  limited,
  makeDelivery,
  makeEntry,
  makeEvent,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { postgres } from '../../../../plugins/stores/index.ts'
import { indexable, readable, storable } from '../../../../plugins/stores/postgres/database/text.ts'
import { createOver, newSchema } from './create-postgres.ts'
import { type PostgresServer, query, sharedPostgres } from './server.ts'

const LONG = 100_000
const READERS = 30
const REFUSED_KEPT = 10_000

let server: PostgresServer
let schema: string
let store: StoreInstance
beforeAll(async () => {
  server = await sharedPostgres()
}, 60_000)
afterAll(() => server?.dispose())
beforeEach(async () => {
  schema = newSchema()
  store = createOver(server.url, { schema, poolSize: 6 })
  await store.open()
})
afterEach(() => store.close())

describe('postgres, of its options', () => {
  it('takes a URL, a reference to one, or options', () => {
    const url = 'postgres://localhost/hooks'
    expect(postgres(url).options).toEqual({ url })
    expect(postgres(env('DATABASE_URL')).options).toEqual({ url: { env: 'DATABASE_URL' } })
    expect(postgres({ url, poolSize: 4 }).options).toEqual({ url, poolSize: 4 })
  })

  it.each([
    [{ url: '' }],
    [{ url: 'u', schema: 'a"; DROP SCHEMA b' }],
    [{ url: 'u', schema: 'Upper' }],
    [{ url: 'u', poolSize: 3 }],
    [{ url: 'u', connectSeconds: 0 }],
    [{ url: 'u', other: 1 }],
  ])('refuses %j', (options) => {
    expect(postgres.definition.options.safeParse(options).success).toBe(false)
  })
})

describe('postgres, of text that it has no room for', () => {
  it('gives every text back, but for lone surrogates', () => {
    const anything = fc.string({
      unit: fc.constantFrom('a', '\0', '\u0001', '0', '1', 'ä', '\ud800'),
    })
    fc.assert(
      fc.property(anything, (text) => {
        expect(readable(storable(text))).toBe(text.toWellFormed())
        expect(storable(text)).not.toContain('\0')
      }),
    )
  })

  it('tells long keys apart, and never takes a hash for a key', () => {
    const long = 'x'.repeat(LONG)
    expect(indexable(long)).not.toBe(indexable(`${long}y`))
    expect(Buffer.byteLength(indexable('ä'.repeat(LONG)))).toBeLessThan(300)
    expect(indexable(indexable(long))).not.toBe(indexable(long))
  })

  it('knows a repeat by a sender’s id of any length and any characters', async () => {
    for (const senderId of ['i'.repeat(LONG), 'a\0b', 'a\u00010b', '', 'half \ud800', "'; --"]) {
      expect((await store.accept(makeEntry({ senderId }))).duplicate).toBe(false)
      expect((await store.accept(makeEntry({ senderId }))).duplicate).toBe(true)
    }
  })

  it('limits keys of any length and any characters, each for itself', async () => {
    const keys = ['k'.repeat(LONG), `${'k'.repeat(LONG)}2`, 'a\0b', 'a\u00010b', '']
    for (const policyKey of [...keys, ...keys]) await acceptTask(store, { policy: { policyKey } })
    const programs = [limited({ concurrency: 1 })]
    const claims = await claim(store, { programs, limit: 100 })
    expect(claims.map(({ task }) => task.policyKey)).toEqual(keys)
    expect(await claim(store, { programs })).toEqual([])
  })

  it('keeps reasons and results of any characters, and finds no task by an id of any', async () => {
    const id = await acceptTask(store)
    const { lease } = await claimOne(store)
    const reason = 'ended\0by \u0001'
    const result = JSON.stringify({ text: 'a\0b' })
    expect(await store.settle(lease, makeSettlement({ reason, result }))).toBe(true)
    expect(await store.task(id)).toMatchObject({ reason, result: { text: 'a\0b' } })
    for (const none of ['a\0b', '\ud800', '', "'"]) {
      expect(await store.task(none)).toBeNull()
      expect(await store.cancel(none)).toBeNull()
      expect((await store.tasks({ limit: 5, program: none, after: none })).items).toEqual([])
    }
  })
})

describe('a ping of postgres', () => {
  it.each(['deliveries', 'events', 'tasks'])(
    'fails where the table %s takes no rows',
    async (table) => {
      await store.ping()
      await query(server.url, `ALTER TABLE ${schema}.${table} RENAME TO away`)
      await expect(store.ping()).rejects.toMatchObject({ code: 'store_unavailable' })
      await query(server.url, `ALTER TABLE ${schema}.away RENAME TO ${table}`)
      await store.ping()
    },
  )
})

describe('postgres, under load', () => {
  it('takes deliveries while more are looking than it has connections for', async () => {
    const taskId = await acceptTask(store)
    const blocker = new Client({ connectionString: server.url })
    await blocker.connect()
    await blocker.query(`BEGIN; LOCK TABLE ${schema}.log_chunks IN ACCESS EXCLUSIVE MODE`)
    const reads = Array.from({ length: READERS }, () => store.readLog(taskId, { limit: 1 }))
    const answers = Promise.allSettled(reads)
    await acceptTask(store)
    expect((await claim(store)).length).toBe(2)
    await blocker.query('COMMIT')
    await blocker.end()
    for (const answer of await answers) {
      if (answer.status === 'rejected') {
        expect(answer.reason).toMatchObject({ code: 'store_unavailable' })
      }
    }
    expect(await store.readLog(taskId, { limit: 1 })).toEqual([])
  })

  it('finds those few of many calls that cannot be carried out', async () => {
    const taken = makeEntry()
    await store.accept(taken)
    const entries = Array.from({ length: 300 }, (_, index) =>
      index % 100 === 50
        ? { delivery: taken.delivery, events: [makeEvent()] }
        : { delivery: makeDelivery(), events: [makeEvent()] },
    )
    const answers = await Promise.allSettled(entries.map((entry) => store.accept(entry)))
    expect(answers.filter(({ status }) => status === 'rejected').length).toBe(3)
    expect((await store.countTasks()).waiting).toBe(298)
  })

  it('refuses at once what is more than it can hold', async () => {
    const body = Buffer.alloc(25_000_000)
    const entries = Array.from({ length: 12 }, () => makeEntry({ payload: '{}' }, { body }))
    const answers = await Promise.allSettled(entries.map((entry) => store.accept(entry)))
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) {
      expect(answer).toMatchObject({ reason: { code: 'store_unavailable' } })
    }
    await acceptTask(store)
  })

  it('keeps the newest refused deliveries only', async () => {
    const fill = `
      INSERT INTO ${schema}.deliveries
      SELECT 'dlv_0' || g, 'github', 1, 'POST', '/', '{}', NULL, 'refused', 'no', NULL, '' FROM generate_series(1, 10300) g`
    await query(server.url, fill)
    const refused = Array.from({ length: 300 }, () =>
      makeDelivery({ outcome: 'refused', reason: 'no' }),
    )
    await Promise.all(refused.map((delivery) => store.refuse(delivery)))
    await store.refuse(makeDelivery({ outcome: 'refused', reason: 'no' }))
    await store.ping()
    const [row] = await query(server.url, `SELECT count(*)::integer AS n FROM ${schema}.deliveries`)
    expect(row?.['n']).toBeLessThanOrEqual(REFUSED_KEPT + 250)
    expect(await store.delivery(refused.at(-1)?.id ?? '')).not.toBeNull()
  })
})
