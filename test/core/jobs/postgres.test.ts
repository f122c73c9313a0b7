import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { createOver, newSchema } from '../../plugins/stores/postgres/create-postgres.ts'
import { type PostgresServer, query, sharedPostgres } from '../../plugins/stores/postgres/server.ts'
import { testJobs } from './cases.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await sharedPostgres()
}, 60_000)
afterAll(() => server.dispose())

describe('a job over Postgres', { timeout: 60_000 }, () =>
  testJobs(async () => {
    const schema = newSchema()
    const store = createOver(server.url, { schema })
    await store.open()
    onTestFinished(async () => {
      await store.close()
      await query(server.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    })
    return store
  }),
)
