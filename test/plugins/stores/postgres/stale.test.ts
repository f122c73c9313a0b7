import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { acceptTask } from '../../../../core/testing/store-cases/make-entry.ts'
import { createOver, newSchema } from './create-postgres.ts'
import { type PostgresServer, query, startOwnPostgres } from './server.ts'
import { startProxy } from './tcp-proxy.ts'

const CONNECTIONS = 7
const BACK_MS = 9_000

let server: PostgresServer
const opened: StoreInstance[] = []
beforeAll(async () => {
  server = await startOwnPostgres()
}, 60_000)
afterAll(() => server?.dispose())
afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())))

/** A store with so many connections that wait for work. */
async function openBusy(url = server.url): Promise<StoreInstance> {
  const store = createOver(url, { schema: newSchema(), statementTimeoutSeconds: 1 })
  opened.push(store)
  await store.open()
  await Promise.all(Array.from({ length: CONNECTIONS }, () => store.tasks({ limit: 1 })))
  return store
}

/** Transactions of sessions that there are cannot write any more. Those that begin now can. */
async function makeReadOnly(isReadOnly: boolean): Promise<void> {
  const change = isReadOnly
    ? ['ALTER ROLE postgres SET default_transaction_read_only = off', 'on']
    : ['ALTER ROLE postgres RESET default_transaction_read_only', 'off']
  await query(server.url, change[0] ?? '')
  await query(server.url, `ALTER SYSTEM SET default_transaction_read_only = ${change[1]}`)
  await query(server.url, 'SELECT pg_reload_conf()')
  await sleep(500)
}

describe('postgres, where connections lead to a server that serves no more', {
  timeout: 60_000,
}, () => {
  it('leaves sessions that have become read-only', async () => {
    const store = await openBusy()
    await makeReadOnly(true)
    const ids: string[] = []
    for (let count = 0; count < 3; count++) ids.push(await acceptTask(store))
    expect(await store.task(ids[2] ?? '')).toMatchObject({ state: 'waiting' })
    await makeReadOnly(false)
  })

  it('says at a start that the server takes no writes', async () => {
    const url = new URL(server.url)
    url.searchParams.set('options', '-c default_transaction_read_only=on')
    await expect(openBusy(url.href)).rejects.toMatchObject({
      code: 'store_unavailable',
      remedy: expect.stringContaining('primary'),
    })
  })

  it('tries no connection after another that was cut before', async () => {
    const proxy = await startProxy(Number(new URL(server.url).port))
    const store = await openBusy(server.url.replace(/:\d+\//, `:${proxy.port}/`))
    proxy.cut()
    proxy.mend()
    const begun = performance.now()
    for (let isBack = false; !isBack; ) {
      isBack = await store.ping().then(
        () => true,
        () => false,
      )
      expect(performance.now() - begun).toBeLessThan(BACK_MS)
    }
    await Promise.all(opened.splice(0).map((each) => each.close()))
    await proxy.close()
  })
})
