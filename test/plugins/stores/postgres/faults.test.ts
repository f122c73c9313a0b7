import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { StoreChange, StoreInstance } from '../../../../core/contracts/store.ts'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import {
  acceptTask,
  claim,
  claimOne,
  limited,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { createOver, newSchema, type StoreFields } from './create-postgres.ts'
import { type OwnPostgres, query, startOwnPostgres } from './server.ts'
import { startProxy } from './tcp-proxy.ts'

const ANSWER_MS = 2_000
const AWAY = { code: 'store_unavailable' }
const FIVE_MINUTES_MS = 300_000

let server: OwnPostgres
let schema: string
const opened: StoreInstance[] = []
beforeAll(async () => {
  server = await startOwnPostgres()
}, 60_000)
afterAll(() => server?.dispose())
beforeEach(() => {
  schema = newSchema()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()))
})

async function open(fields: Partial<StoreFields> & { url?: string } = {}): Promise<StoreInstance> {
  const { url = server.url, ...rest } = fields
  const store = createOver(url, { schema, ...rest })
  opened.push(store)
  await store.open()
  return store
}

// Both refuse in time, again and again.
async function expectAway(store: StoreInstance): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const asked = performance.now()
    const answers = await Promise.allSettled([acceptTask(store), store.ping(), acceptTask(store)])
    expect(performance.now() - asked).toBeLessThan(ANSWER_MS)
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: AWAY })
    }
  }
}

async function untilBack(store: StoreInstance): Promise<void> {
  for (const start = performance.now(); ; ) {
    try {
      return await store.ping()
    } catch (error) {
      if (performance.now() - start > 20_000) throw error
      await sleep(50)
    }
  }
}

describe('postgres, where the database is away', { timeout: 60_000 }, () => {
  it('refuses in time while it is stopped, and works again by itself', async () => {
    const store = await open()
    const changes: StoreChange[] = []
    store.subscribe((change) => changes.push(change))
    const before = await acceptTask(store)
    const { lease } = await claimOne(store)
    await server.stop()
    await expectAway(store)
    await expect(claim(store)).rejects.toMatchObject(AWAY)
    await expect(store.renew([lease], 30)).rejects.toMatchObject(AWAY)
    await expect(store.settle(lease, makeSettlement())).rejects.toMatchObject(AWAY)
    await server.start()
    await untilBack(store)
    expect(await store.settle(lease, makeSettlement())).toBe(true)
    expect((await store.task(before))?.state).toBe('succeeded')
    expect(await store.task(await acceptTask(store))).toMatchObject({ state: 'waiting' })
    expect(changes.filter(({ kind }) => kind === 'failed')).toEqual([])
  })

  it('loses nothing that it answered, stopped under load', async () => {
    const store = await open()
    const answered: string[] = []
    let running = true
    const senders = Array.from({ length: 20 }, async () => {
      while (running) {
        try {
          answered.push(await acceptTask(store))
        } catch {
          await sleep(20)
        }
      }
    })
    for (let round = 0; round < 2; round++) {
      const soFar = answered.length
      while (answered.length < soFar + 200) await sleep(10)
      await server.stop()
      await server.start()
      await untilBack(store)
    }
    running = false
    await Promise.all(senders)
    const kept = new Set(
      (await query(server.url, `SELECT id FROM ${schema}.tasks`)).map(({ id }) => id),
    )
    expect(answered.filter((id) => !kept.has(id))).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('refuses in time while it hangs', async () => {
    const store = await open()
    await store.ping()
    server.signal('SIGSTOP')
    try {
      await expectAway(store)
    } finally {
      server.signal('SIGCONT')
    }
    await untilBack(store)
  })

  it('refuses the end of a run by a node that was cut off for longer than its lease', async () => {
    const proxy = await startProxy(Number(new URL(server.url).port))
    const url = server.url.replace(/:\d+\//, `:${proxy.port}/`)
    const cutOff = await open({ url, statementTimeoutSeconds: 1 })
    const other = await open()
    const taskId = await acceptTask(cutOff)
    const [first] = await claim(cutOff, { leaseSeconds: 1 })
    proxy.cut()
    await expectAway(cutOff)
    await sleep(1000)
    const [second] = await claim(other)
    expect(second?.task).toMatchObject({ id: taskId, attempts: 1, lostAttempts: 1 })
    proxy.mend()
    await untilBack(cutOff)
    const lease = first?.lease ?? { taskId, fence: 0 }
    expect(await cutOff.settle(lease, makeSettlement())).toBe(false)
    expect(await cutOff.renew([lease], 30)).toEqual([{ taskId, status: 'lost' }])
    expect(await other.settle(second?.lease ?? lease, makeSettlement())).toBe(true)
    await Promise.all(opened.splice(0).map((store) => store.close()))
    await proxy.close()
  })

  it('hears again what other nodes tell once its connection is back', async () => {
    const [store, other] = [await open(), await open()]
    const told: StoreChange[] = []
    store.subscribe((change) => told.push(change))
    const hears = async (): Promise<void> => {
      told.length = 0
      for (const start = performance.now(); told.length === 0; ) {
        await acceptTask(other)
        await sleep(50)
        expect(performance.now() - start).toBeLessThan(20_000)
      }
    }
    await hears()
    await server.stop()
    await server.start()
    await untilBack(other)
    await hears()
  })
})

describe('postgres, where clocks differ', () => {
  const ahead = () => Date.now() + FIVE_MINUTES_MS
  const behind = () => Date.now() - FIVE_MINUTES_MS

  it('gives at once what a node with another clock says is due', async () => {
    const right = await open()
    for (const clock of [ahead, behind]) {
      const skewed = await open({ clock })
      const id = await acceptTask(skewed, { dueAt: clock() })
      expect((await claimOne(right)).task.id).toBe(id)
    }
  })

  it('holds up what a node with another clock puts off, and tells each when by its own', async () => {
    for (const [clock, program] of [
      [ahead, 'a'],
      [behind, 'b'],
    ] as const) {
      const [right, skewed] = [await open(), await open({ clock })]
      await acceptTask(skewed, { dueAt: clock() + 60_000, programs: [program] })
      const programs = [limited({}, program)]
      for (const [store, now] of [
        [right, Date.now],
        [skewed, clock],
      ] as const) {
        expect(await claim(store, { programs: [program] })).toEqual([])
        const next = (await store.nextDueAt(programs)) ?? 0
        expect(Math.abs(next - now() - 60_000)).toBeLessThan(5_000)
      }
    }
  })

  it('tells each node by its own clock since when a task has been due', async () => {
    const right = await open()
    await acceptTask(right, { dueAt: Date.now() - 60_000 })
    for (const clock of [Date.now, ahead, behind]) {
      const store = clock === Date.now ? right : await open({ clock })
      await store.ping()
      const [row] = await store.backlog()
      expect(Math.abs(clock() - (row?.oldestDueAt ?? 0) - 60_000)).toBeLessThan(5_000)
    }
  })

  it('takes no lease for over that is not, whatever clock a node has', async () => {
    const right = await open()
    const taskId = await acceptTask(right)
    const { lease } = await claimOne(right)
    for (const clock of [ahead, behind]) {
      const skewed = await open({ clock })
      expect(await claim(skewed)).toEqual([])
      expect(await skewed.cancel('tsk_none')).toBeNull()
      expect(await skewed.renew([lease], 30)).toEqual([{ taskId, status: 'held' }])
    }
    expect(await claim(right)).toEqual([])
    expect(await right.settle(lease, makeSettlement())).toBe(true)
  })
})

describe('postgres, when it is opened', () => {
  it('says that the database is newer', async () => {
    await open()
    await query(server.url, `INSERT INTO ${schema}.schema_version (version) VALUES (1000)`)
    const older = createOver(server.url, { schema })
    await expect(older.open()).rejects.toMatchObject({ code: 'store_too_new' })
  })

  it('waits for a database that is away, and says so once', { timeout: 60_000 }, async () => {
    const warned: unknown[] = []
    const logger = { ...SILENT_LOGGER, warn: (...line: unknown[]) => warned.push(line) }
    await server.stop()
    const opening = open({ startSeconds: 30, logger })
    await sleep(1_500)
    await server.start()
    await opening
    expect(warned.filter((line) => JSON.stringify(line).includes('waits'))).toHaveLength(1)
    await acceptTask(opened[0] as StoreInstance)
  })

  it('waits for a limited time, and not at all for what does not pass by itself', async () => {
    const url = server.url.replace(/:\d+\//, ':1/')
    const begun = performance.now()
    await expect(open({ url, startSeconds: 1 })).rejects.toMatchObject(AWAY)
    expect(performance.now() - begun).toBeGreaterThan(900)
    const wrong = server.url.replace('for-tests-only', 'not-the-password')
    const refused = performance.now()
    await expect(open({ url: wrong, startSeconds: 30 })).rejects.toMatchObject(AWAY)
    expect(performance.now() - refused).toBeLessThan(10_000)
  })

  it.each([
    [
      'a wrong password',
      /password/,
      (url: string) => url.replace('for-tests-only', 'not-the-password'),
    ],
    [
      'no such database',
      /Create the database/,
      (url: string) => url.replace(/postgres$/, 'nowhere'),
    ],
    ['nobody who listens', /Start the database/, (url: string) => url.replace(/:\d+\//, ':1/')],
    ['no such host', /host and port/, (url: string) => url.replace('127.0.0.1', 'nowhere.invalid')],
  ])(
    'rejects with a remedy, without the password, where there is %s',
    async (_, remedy, change) => {
      const url = change(server.url)
      const error = await createOver(url, { schema })
        .open()
        .then(
          () => null,
          (reason: unknown) => reason as Error,
        )
      expect(error).toMatchObject({ ...AWAY, remedy: expect.stringMatching(remedy) })
      const text = `${error?.message} ${error?.stack} ${String(error?.cause)}`
      expect(text).not.toContain('not-the-password')
      expect(text).not.toContain('for-tests-only')
    },
  )
})
