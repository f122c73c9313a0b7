import { afterAll, beforeAll, describe, it } from 'vitest'
import { testStore } from '../../../../core/testing/store.ts'
import { createPostgres } from './create-postgres.ts'
import { type PostgresServer, startPostgres } from './server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres(['-c', 'fsync=off'])
}, 60_000)
afterAll(() => server?.dispose())

testStore({ describe, it }, { name: 'postgres', create: () => createPostgres(server.url) })
