import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { testStore } from '../../../../core/testing/store.ts'
import {
  acceptTask,
  claim,
  limited,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { missingTool } from '../../../requirements.ts'
import { createOver, createStores, newSchema, type StoresUnderTest } from './create-postgres.ts'
import { settleRest } from './node-process.ts'
import { type PgBouncer, startPgBouncer } from './pgbouncer.ts'
import { type PostgresServer, query, sharedPostgres } from './server.ts'

const reason = missingTool('pgbouncer')
const suite = describe.skipIf(reason !== null)

/**
 * The groups of the contract whose cases depend on the session of a connection: its transactions, locks, prepared
 * statements that fail, and what it listens for. PgBouncer passes everything else on as it is.
 */
const SESSION_GROUPS = ['accept', 'concurrency', 'changes', 'documents', 'moving']

/** Fewer than what wants them, so that sessions change hands all the time. */
const FEW = 6
const CALLS = 60
const AWAY = { code: 'store_unavailable' }

let server: PostgresServer
let bouncer: PgBouncer
beforeAll(async () => {
  if (reason === null) server = await sharedPostgres()
}, 60_000)
afterAll(() => server?.dispose())

suite('by session', () => {
  let stores: StoresUnderTest
  beforeAll(async () => {
    bouncer = await startPgBouncer(server.url, { mode: 'session', poolSize: 150 })
    stores = createStores(bouncer.url)
  })
  afterAll(async () => {
    await stores?.drop()
    await bouncer?.dispose()
  })
  const name = 'postgres behind PgBouncer'
  const groups = new Set([name, ...SESSION_GROUPS])
  const describeGroup = (title: string, body: () => void) => {
    if (groups.delete(title)) describe(title, body)
  }
  testStore({ describe: describeGroup, it }, { name, create: () => stores.create() })
  it('has each of these groups', () => expect([...groups]).toEqual([]))
})

suite('postgres behind PgBouncer, by transaction', () => {
  const clients: Client[] = []
  beforeAll(async () => {
    bouncer = await startPgBouncer(server.url, { mode: 'transaction', poolSize: FEW })
  })
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.end())))
  afterAll(() => bouncer?.dispose())

  async function connect(): Promise<Client> {
    const client = new Client({ connectionString: bouncer.url })
    clients.push(client)
    await client.connect()
    return client
  }

  it.each([
    ['LISTEN', 'LISTEN work', 'SELECT count(*)::integer AS n FROM pg_listening_channels()'],
    [
      'a lock of the session',
      'SELECT pg_advisory_lock(1)',
      "SELECT count(*)::integer AS n FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    ],
    [
      'a setting',
      "SET hookline.mine = 'yes'",
      "SELECT count(*)::integer AS n WHERE current_setting('hookline.mine', true) = 'yes'",
    ],
  ])('loses %s as soon as another has taken the session', async (_, make, look) => {
    const [one, other] = [await connect(), await connect()]
    await one.query(make)
    expect((await one.query(look)).rows).toEqual([{ n: 1 }])
    // It holds the session that was the first one's.
    await other.query('BEGIN')
    await other.query('SELECT 1')
    expect((await one.query(look)).rows).toEqual([{ n: 0 }])
    await other.query('ROLLBACK')
    await query(
      server.url,
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1",
    )
  })

  it('is refused when a node starts, with what to do', async () => {
    for (let round = 0; round < 5; round++) {
      const store = createOver(bouncer.url, { schema: newSchema() })
      await expect(store.open()).rejects.toMatchObject({
        ...AWAY,
        message: expect.stringContaining('pooler'),
        remedy: expect.stringContaining('pool_mode = session'),
      })
    }
  })
})

suite('postgres, where PgBouncer comes to change sessions under it', () => {
  afterAll(() => bouncer?.dispose())

  it('mixes up no stores, loses nothing that it answered, settles nothing twice', {
    timeout: 120_000,
  }, async () => {
    bouncer = await startPgBouncer(server.url, { mode: 'session', poolSize: 60 })
    const schemas = [newSchema(), newSchema()]
    const lives: Life[] = []
    for (const schema of schemas) {
      // Those of one schema, too, are different programs for the pooler.
      for (let node = 0; node < 2; node++) lives.push(await begin(schema))
    }
    await Promise.all(lives.map((life) => live(life, 50)))
    expect(lives.flatMap(({ refused }) => refused)).toEqual([])
    await bouncer.restart('transaction')
    await Promise.all(lives.map((life) => live(life, CALLS)))
    await bouncer.restart('session')
    await Promise.all(lives.map((life) => live(life, 50)))
    await Promise.all(lives.map(({ store }) => store.close()))

    // Something was refused, else it was never in danger; and it works again by itself.
    expect(lives.flatMap(({ refused }) => refused).length).toBeGreaterThan(0)
    for (const schema of schemas) {
      await settleRest(server.url, schema)
      const own = lives.filter((life) => life.schema === schema)
      const rows = await query(server.url, `SELECT id, state FROM ${schema}.tasks`)
      const states = new Map(rows.map(({ id, state }) => [id, state]))
      const answered = own.flatMap(({ accepted }) => accepted)
      expect(answered.length).toBeGreaterThanOrEqual(200)
      expect(answered.filter((id) => states.get(id) !== 'succeeded')).toEqual([])
      const settled = own.flatMap((life) => life.settled)
      expect(new Set(settled).size).toBe(settled.length)
      const others = lives.filter((life) => life.schema !== schema)
      expect(others.flatMap((life) => life.accepted).filter((id) => states.has(id))).toEqual([])
      expect(others.flatMap((life) => life.settled).filter((id) => states.has(id))).toEqual([])
    }
  })
})

interface Life {
  readonly schema: string
  readonly store: StoreInstance
  readonly accepted: string[]
  readonly settled: string[]
  readonly refused: unknown[]
}

async function begin(schema: string): Promise<Life> {
  const store = createOver(bouncer.url, { schema })
  await store.open()
  return { schema, store, accepted: [], settled: [], refused: [] }
}

// Accepts and works, several at once, for so many calls each. Whatever is refused is refused as an absent database.
async function live({ store, accepted, settled, refused }: Life, calls: number): Promise<void> {
  const each = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | null> => {
    try {
      return await ask()
    } catch (error) {
      expect(error).toMatchObject(AWAY)
      refused.push(error)
      return null
    }
  }
  const sender = async (): Promise<void> => {
    for (let call = 0; call < calls; call++) {
      const id = await each(() => acceptTask(store))
      if (id !== null) accepted.push(id)
    }
  }
  const worker = async (): Promise<void> => {
    for (let call = 0; call < calls; call++) {
      const claims = (await each(() => claim(store, { limit: 5, leaseSeconds: 5 }))) ?? []
      // Statements outside a transaction: to them, too, nothing but an absent database is answered.
      await each(() =>
        store.renew(
          claims.map(({ lease }) => lease),
          5,
        ),
      )
      await each(() => store.nextDueAt([limited()]))
      await each(() => store.tasks({ limit: 1 }))
      for (const { lease } of claims) {
        const isSettled = await each(() => store.settle(lease, makeSettlement()))
        if (isSettled === true) settled.push(lease.taskId)
      }
    }
  }
  await Promise.all([sender(), sender(), worker()])
}
