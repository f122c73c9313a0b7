import { afterAll, beforeAll, describe, it } from 'vitest'
import { testStore } from '../../../../core/testing/store.ts'
import { createStores, type StoresUnderTest } from './create-postgres.ts'
import { type PostgresServer, sharedPostgres } from './server.ts'

let server: PostgresServer
let stores: StoresUnderTest
beforeAll(async () => {
  server = await sharedPostgres()
  stores = createStores(server.url)
}, 60_000)
afterAll(async () => {
  await stores?.drop()
  await server?.dispose()
})

testStore({ describe, it }, { name: 'postgres', create: () => stores.create() })
