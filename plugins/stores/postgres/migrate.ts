import { HooklineError } from '../../../core/index.ts'
import { type Database, quoted, type Session } from './database.ts'
import { refuseIncomplete } from './incomplete.ts'
import { MIGRATIONS } from './migrations.ts'

const SCHEMA_EXISTS = 'SELECT 1 FROM pg_namespace WHERE nspname = $1'
const LOCK = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))'
const VERSION_TABLE = 'CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)'
const VERSION = 'SELECT max(version) AS version FROM schema_version'
const SET_VERSION = 'INSERT INTO schema_version (version) VALUES ($1)'

/** Brings the schema of a store to the newest version. Throws where it is still being filled from another store. */
export async function migrate(database: Database, schema: string): Promise<void> {
  await bringUp(database, schema)
  await refuseIncomplete(database, schema)
}

/** Brings the schema to the newest version. Several nodes may do so at once: one does it, the others wait for it. */
export async function bringUp(database: Database, schema: string): Promise<void> {
  await database.transact(async (transaction) => {
    await transaction.run(LOCK, [`hookline migrates ${schema}`])
    // Not by IF NOT EXISTS: that asks for the right to create schemas even where there is nothing to create.
    if ((await transaction.run(SCHEMA_EXISTS, [schema])).length === 0) {
      await transaction.run(`CREATE SCHEMA ${quoted(schema)}`)
    }
    await transaction.run(VERSION_TABLE)
    await runMissing(transaction, schema)
  })
}

async function runMissing(session: Session, schema: string): Promise<void> {
  const [row] = await session.run(VERSION)
  const version = Number(row?.['version'] ?? 0)
  if (version > MIGRATIONS.length) {
    throw new HooklineError(
      'store_too_new',
      `The schema ${schema} has version ${version}; this program knows versions up to ${MIGRATIONS.length}.`,
    )
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue
    for (const statement of sql.split(';\n')) {
      if (statement.trim() !== '') await session.run(statement)
    }
    await session.run(SET_VERSION, [index + 1])
  }
}
