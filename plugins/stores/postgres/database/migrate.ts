import { setTimeout as sleep } from 'node:timers/promises'
import { HooklineError, type PluginLogger } from '../../../../core/sdk/store.ts'
import { refuseIncomplete } from '../transfer/incomplete.ts'
import {
  createDatabase,
  type Database,
  type DatabaseSettings,
  quoted,
  type Session,
  waitUntilAlone,
} from './database.ts'
import { isLockedOut } from './fault.ts'
import { MIGRATIONS, type Migration } from './migrations.ts'

const SCHEMA_EXISTS = 'SELECT 1 FROM pg_namespace WHERE nspname = $1'
const LOCK = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))'
const VERSION_TABLE =
  'CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL, works_from integer)'
const HAS_TABLE = `
  SELECT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass('schema_version') AND attname = 'works_from'
  ) AS is_new, to_regclass('schema_version') IS NOT NULL AS is_there`
const ADD_WORKS_FROM = 'ALTER TABLE schema_version ADD COLUMN works_from integer'
// Each row is one migration. No older program works on one without `works_from`.
const VERSION = `
  SELECT coalesce(max(version), 0) AS version,
    coalesce(max(coalesce(works_from, version)) FILTER (WHERE version > $1), 0) AS works_from
  FROM schema_version`
const SET_VERSION = 'INSERT INTO schema_version (version, works_from) VALUES ($1, $2)'

/** Building an index over many rows takes time. Nodes that start meanwhile wait for it. */
const MIGRATION_SECONDS = 600
/** Trying again holds up all work, so it is rare. */
const PAUSE_MS = 2_000
const GIVE_UP_MS = 300_000

interface MigrationSettings extends DatabaseSettings {
  readonly logger: PluginLogger
  /** Replaces the migrations of this version. For tests. */
  readonly migrations?: readonly Migration[]
}

/**
 * Migrates a schema to this version. Throws if a newer version has changed it so that this one cannot use it, or if it is
 * still being filled from another store.
 */
export async function migrate(database: Database, settings: MigrationSettings): Promise<void> {
  const { schema, migrations = MIGRATIONS } = settings
  if ((await versionOf(database, settings)) < migrations.length) {
    await withPatience(settings, (own) => bringUp(own, schema, migrations))
  }
  await refuseIncomplete(database, schema)
}

/** Migrates the schema to the newest version. If several nodes try at once, one does it and the others wait. */
export async function bringUp(
  database: Database,
  schema: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await database.transact(async (transaction) => {
    await transaction.run(LOCK, [`hookline migrates ${schema}`])
    // Tables are locked one by one, which would lead to deadlocks with work in progress.
    await waitUntilAlone(transaction, schema)
    // Not by IF NOT EXISTS, which needs the right to create schemas even if there is nothing to create.
    if ((await transaction.run(SCHEMA_EXISTS, [schema])).length === 0) {
      await transaction.run(`CREATE SCHEMA ${quoted(schema)}`)
    }
    const table = await lookForTable(transaction)
    if (table === 'none') await transaction.run(VERSION_TABLE)
    if (table === 'first') await transaction.run(ADD_WORKS_FROM)
    await runMissing(transaction, schema, migrations)
  }, 'alone')
}

// 0 if there is none yet, or if its own table must be changed first.
async function versionOf(
  session: Session,
  { schema, migrations = MIGRATIONS }: MigrationSettings,
): Promise<number> {
  if ((await lookForTable(session)) !== 'new') return 0
  return readVersion(session, schema, migrations)
}

async function lookForTable(session: Session): Promise<'none' | 'first' | 'new'> {
  const [row] = await session.run(HAS_TABLE)
  if (row?.['is_new'] === true) return 'new'
  return row?.['is_there'] === true ? 'first' : 'none'
}

async function readVersion(
  session: Session,
  schema: string,
  migrations: readonly Migration[],
): Promise<number> {
  const known = migrations.length
  const [row] = await session.run(VERSION, [known])
  const version = row?.['version'] as number
  const worksFrom = row?.['works_from'] as number
  if (worksFrom > known) {
    throw new HooklineError(
      'store_too_new',
      `The schema ${schema} has version ${version}, which programs that know version ${worksFrom} can use; this one knows versions up to ${known}.`,
    )
  }
  return version
}

async function runMissing(
  session: Session,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  const version = await readVersion(session, schema, migrations)
  for (const [index, { sql, worksFrom }] of migrations.entries()) {
    if (index < version) continue
    for (const statement of sql.split(';\n')) {
      if (statement.trim() !== '') await session.run(statement)
    }
    await session.run(SET_VERSION, [index + 1, worksFrom])
  }
}

// Has a longer limit than calls, and tries again if a table is locked, by a backup or a long query.
async function withPatience(
  settings: MigrationSettings,
  body: (database: Database) => Promise<void>,
): Promise<void> {
  const { logger } = settings
  const own = { ...settings, poolSize: 1, statementTimeoutSeconds: MIGRATION_SECONDS }
  const database = createDatabase(own, logger)
  const begun = performance.now()
  try {
    for (let tries = 1; ; tries++) {
      try {
        return await body(database)
      } catch (error) {
        if (!isLockedOut(error) || performance.now() - begun > GIVE_UP_MS) throw error
        if (tries === 1) logger.warn({}, 'waits for the tables of the store, to bring them up')
        await sleep(PAUSE_MS)
      }
    }
  } finally {
    await database.close()
  }
}
