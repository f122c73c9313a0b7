import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import {
  acceptTask,
  claimOne,
  makeEntry,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { createOver, newSchema } from './create-postgres.ts'
import { type PostgresServer, query, startOwnPostgres } from './server.ts'

const AWAY = { code: 'store_unavailable', message: expect.stringContaining('standby') }
const CANCEL_WAITING = `
  SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND state = 'active'`

let server: PostgresServer
let store: StoreInstance
beforeAll(async () => {
  server = await startOwnPostgres()
}, 60_000)
afterAll(() => server?.dispose())
beforeEach(async () => {
  store = createOver(server.url, { schema: newSchema() })
  await store.open()
})
afterEach(async () => {
  await waitForStandby('')
  await store.close()
})

// A standby of this name never connects.
async function waitForStandby(name: string): Promise<void> {
  await query(server.url, `ALTER SYSTEM SET synchronous_standby_names = '${name}'`)
  await query(server.url, 'SELECT pg_reload_conf()')
  const shown = async () => (await query(server.url, 'SHOW synchronous_standby_names'))[0]
  while ((await shown())?.['synchronous_standby_names'] !== name) await sleep(10)
  // Connections read the setting between two statements.
  await sleep(200)
}

// What a person or a script does to a commit that hangs.
async function whileCancelling<Result>(body: () => Promise<Result>): Promise<Result> {
  let isOver = false
  const cancelling = (async () => {
    while (!isOver) {
      await query(server.url, CANCEL_WAITING)
      await sleep(20)
    }
  })()
  try {
    return await body()
  } finally {
    isOver = true
    await cancelling
  }
}

describe('postgres, where the wait for a standby is cancelled', { timeout: 30_000 }, () => {
  it('answers for nothing that only the primary has', async () => {
    await acceptTask(store)
    const { lease } = await claimOne(store)
    await waitForStandby('nobody')
    await whileCancelling(async () => {
      await expect(acceptTask(store)).rejects.toMatchObject(AWAY)
      await expect(store.ping()).rejects.toMatchObject(AWAY)
      await expect(store.renew([lease], 60)).rejects.toMatchObject(AWAY)
      await expect(store.settle(lease, makeSettlement())).rejects.toMatchObject(AWAY)
    })
    await waitForStandby('')
    expect(await store.task(await acceptTask(store))).toMatchObject({ state: 'waiting' })
  })

  it('says that the second delivery is a duplicate, once the standby is there', async () => {
    const entry = makeEntry({ senderId: 'one' })
    await waitForStandby('nobody')
    await whileCancelling(() => expect(store.accept(entry)).rejects.toMatchObject(AWAY))
    await waitForStandby('')
    expect(await store.accept(makeEntry({ senderId: 'one' }))).toMatchObject({
      duplicate: true,
      deliveryId: entry.delivery.id,
    })
  })
})
