import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { type ConnectionOptions, type JobAttempt, PgBoss } from 'pg-boss'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type PostgresServer, query, sharedPostgres } from './server.ts'

// What of the store contract pg-boss carries, and what not: shown on pg-boss itself, so that docs/design.md can say why
// the tasks of the Postgres store are claimed by statements of its own. A case that fails here one day is good news.

type Database = NonNullable<ConnectionOptions['db']>

const BATCH = { includeMetadata: true, batchSize: 10 } as const

let server: PostgresServer
let boss: PgBoss
let schema: string
beforeAll(async () => {
  server = await sharedPostgres()
}, 60_000)
afterAll(() => server?.dispose())
beforeEach(async () => {
  schema = `boss_${crypto.randomUUID().slice(0, 8)}`
  boss = new PgBoss({ connectionString: server.url, schema, supervise: false, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  await boss.createQueue('deploy')
})
afterEach(async () => {
  await boss.stop({ graceful: false })
  await query(server.url, `DROP SCHEMA ${schema} CASCADE`)
})

async function sendMany(count: number, options: object = {}): Promise<void> {
  for (let index = 0; index < count; index++) await boss.send('deploy', { index }, options)
}

// A connection with an open transaction, as the executor that pg-boss takes.
async function openTransaction(): Promise<{ db: Database; end(): Promise<void> }> {
  const client = new Client({ connectionString: server.url })
  await client.connect()
  await client.query('BEGIN')
  const executeSql = (text: string, values?: unknown[]) => client.query(text, values)
  return {
    db: { executeSql },
    async end() {
      await client.query('COMMIT')
      await client.end()
    },
  }
}

describe('pg-boss, of what the store contract asks for', () => {
  it('has: jobs and rows in one transaction', async () => {
    const { db, end } = await openTransaction()
    const id = await boss.send('deploy', {}, { db })
    expect(await boss.fetch('deploy')).toEqual([])
    await end()
    expect((await boss.fetch('deploy')).map((job) => job.id)).toEqual([id])
  })

  it('has: an attempt counted when it is claimed, and a fence by its number', async () => {
    await boss.send('deploy', {}, { retryLimit: 5, retryDelay: 0 })
    const [first] = await boss.fetch('deploy', BATCH)
    await boss.fail('deploy', first?.id ?? '')
    const [second] = await boss.fetch('deploy', BATCH)
    expect([first?.retryCount, second?.retryCount]).toEqual([0, 1])
    const late: JobAttempt = { id: first?.id ?? '', retryCount: 0 }
    await boss.complete('deploy', late)
    expect((await boss.findJobs('deploy', { id: late.id }))[0]?.state).toBe('active')
  })

  it('has not: the order of due times; jobs of one priority come as they were made', async () => {
    const now = Date.now()
    const later = await boss.send('deploy', {}, { startAfter: new Date(now - 1000) })
    const earlier = await boss.send('deploy', {}, { startAfter: new Date(now - 9000) })
    const given = [...(await boss.fetch('deploy')), ...(await boss.fetch('deploy'))]
    expect(given.map(({ id }) => id)).toEqual([later, earlier])
  })

  it('has not: the most urgent of several programs; a fetch knows one queue', async () => {
    await boss.createQueue('build')
    await boss.send('deploy', {}, { priority: 1 })
    await boss.send('build', {}, { priority: 9 })
    const [job] = await boss.fetch('deploy', { includeMetadata: true })
    expect(job?.priority).toBe(1)
    const both = ['deploy', 'build'] as unknown as string
    await expect(boss.fetch(both)).rejects.toThrow()
  })

  it('has not: a job handed back without counting; neither by failing nor by resuming', async () => {
    await boss.send('deploy', {}, { retryLimit: 5, retryDelay: 0 })
    const [first] = await boss.fetch('deploy', BATCH)
    await boss.cancel('deploy', first?.id ?? '')
    await boss.resume('deploy', first?.id ?? '')
    const [second] = await boss.fetch('deploy', BATCH)
    expect([first?.retryCount, second?.retryCount]).toEqual([0, 1])
  })

  it('has not: a limit per key that holds while two nodes fetch at once', async () => {
    await sendMany(10, { group: { id: 'main' } })
    const [one, other] = [await openTransaction(), await openTransaction()]
    const limit = { batchSize: 1, groupConcurrency: 2 }
    const fetched = []
    for (const { db } of [one, other, one, other]) {
      fetched.push(...(await boss.fetch('deploy', { ...limit, db })))
    }
    await Promise.all([one.end(), other.end()])
    expect(fetched.length).toBeGreaterThan(2)
  })

  it('has not: a rate under which jobs wait; those beyond one per slot are not taken', async () => {
    const rate = { singletonKey: 'main', singletonSeconds: 3600, singletonNextSlot: true }
    const ids = []
    for (let index = 0; index < 4; index++) ids.push(await boss.send('deploy', {}, rate))
    expect(ids.filter((id) => id === null).length).toBe(2)
  })

  it('has not: the newest in place of what waits, with a record of both; the newer is not taken', async () => {
    await boss.createQueue('latest', { policy: 'short' })
    const older = await boss.send('latest', {}, { singletonKey: 'main' })
    expect(await boss.send('latest', {}, { singletonKey: 'main' })).toBeNull()
    expect((await boss.fetch('latest')).map(({ id }) => id)).toEqual([older])
  })

  it('has not: a lost lease that the next fetch takes back; a pass of its own must come first', async () => {
    await boss.send('deploy', {}, { expireInSeconds: 1, retryLimit: 5, retryDelay: 0 })
    await boss.fetch('deploy')
    await sleep(1100)
    expect(await boss.fetch('deploy')).toEqual([])
    await boss.supervise('deploy')
    expect((await boss.fetch('deploy')).length).toBe(1)
  })
})
