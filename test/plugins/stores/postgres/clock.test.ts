import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeEntry } from '../../../../core/testing/store-cases/make-entry.ts'
import { KEEP_ALL, prune } from '../../../../core/testing/store-cases/pruning.ts'
import { createOver, newSchema } from './create-postgres.ts'
import { type PostgresServer, query, sharedPostgres } from './server.ts'

const DAY_MS = 86_400_000

let server: PostgresServer
beforeAll(async () => {
  server = await sharedPostgres()
}, 60_000)
afterAll(() => server?.dispose())

describe('a node whose clock is a year ahead', () => {
  it('deletes nothing of others that is not old', async () => {
    const schema = newSchema()
    const ahead = () => Date.now() + 365 * DAY_MS
    const right = createOver(server.url, { schema })
    const wrong = createOver(server.url, { schema, clock: ahead })
    try {
      await right.open()
      await wrong.open()
      const entry = makeEntry({ programs: [] })
      await right.accept(entry)
      await wrong.ping()
      await prune(wrong, { ...KEEP_ALL, deliveriesBefore: ahead() - 90 * DAY_MS })
      expect(await right.delivery(entry.delivery.id)).not.toBeNull()
    } finally {
      await Promise.all([right.close(), wrong.close()])
      await query(server.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    }
  })
})
