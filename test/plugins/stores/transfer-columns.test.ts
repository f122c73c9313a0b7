import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TRANSFER_TABLES } from '../../../core/contracts/transfer.ts'
import { MIGRATIONS } from '../../../plugins/stores/sqlite/database/migrations.ts'
import { createOver, newSchema } from './postgres/create-postgres.ts'
import { type PostgresServer, query, sharedPostgres } from './postgres/server.ts'

// Whoever adds a table or a column decides here whether it moves.
const LEFT_BEHIND = [
  ...['lanes', 'starts', 'pings', 'nodes', 'schema_version'],
  // Derived again from everything that was moved.
  ...['unprojected_deliveries', 'unprojected_ends', 'projection', 'segments', 'segment_blocks'],
  ...['counts', 'error_groups', 'task_errors', 'sender_ids', 'new_sender_ids'],
]
const DERIVED = [
  ...['events.sender_key', 'tasks.lane', 'tasks.payload_bytes'],
  ...['deliveries.unpacked_bytes'],
]

const schema = newSchema()
let postgres: PostgresServer

beforeAll(async () => {
  postgres = await sharedPostgres()
  const store = createOver(postgres.url, { schema })
  await store.open()
  await store.close()
}, 60_000)

afterAll(async () => {
  await query(postgres.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await postgres.dispose()
})

const moved = Object.entries(TRANSFER_TABLES).flatMap(([kind, { fields }]) =>
  Object.keys(fields).map((field) => `${kind}.${field}`),
)

function withoutOthers(columns: readonly string[]): readonly string[] {
  return columns
    .filter((column) => !LEFT_BEHIND.includes(column.split('.')[0] ?? ''))
    .filter((column) => !DERIVED.includes(column))
    .toSorted()
}

describe('a move', () => {
  it('takes every column of SQLite', () => {
    const database = new DatabaseSync(':memory:')
    for (const sql of MIGRATIONS) database.exec(sql)
    const rows = database
      .prepare(
        `SELECT m.name || '.' || c.name AS name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`,
      )
      .all()
    database.close()
    expect(withoutOthers(rows.map(({ name }) => name as string))).toEqual(moved.toSorted())
  })

  it('takes every column of Postgres', async () => {
    const rows = await query(
      postgres.url,
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = '${schema}'`,
    )
    expect(withoutOthers(rows.map(({ name }) => name as string))).toEqual(moved.toSorted())
  })
})
