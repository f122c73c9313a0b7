import { HooklineError, type PluginLogger } from '../../../core/index.ts'
import {
  createDatabase,
  type Database,
  type DatabaseSettings,
  quoted,
  type Session,
  workLock,
} from './database.ts'
import { isLockedOut } from './fault.ts'
import { refuseIncomplete } from './incomplete.ts'
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
// Each row is one step up. A step that says nothing is one that no older program works on.
const VERSION = `
  SELECT coalesce(max(version), 0) AS version,
    coalesce(max(coalesce(works_from, version)) FILTER (WHERE version > $1), 0) AS works_from
  FROM schema_version`
const SET_VERSION = 'INSERT INTO schema_version (version, works_from) VALUES ($1, $2)'

/** An index over many rows takes its time; others that start meanwhile wait for it. */
const MIGRATION_SECONDS = 600
/** Whoever waits for a lock holds up all that come after: so for less than a sender waits for its answer, and rarely. */
const LOCK_WAIT_MS = 500
const PAUSE_MS = 2_000
const GIVE_UP_MS = 300_000

interface MigrationSettings extends DatabaseSettings {
  readonly logger: PluginLogger
  /** Others than those of this version. For tests. */
  readonly migrations?: readonly Migration[]
}

/**
 * Makes a schema one that this version works on. Throws where a newer version has changed it beyond that, or where it is
 * still being filled from another store.
 */
export async function migrate(database: Database, settings: MigrationSettings): Promise<void> {
  const { schema, migrations = MIGRATIONS } = settings
  if ((await versionOf(database, settings)) < migrations.length) {
    await withPatience(settings, (own) => bringUp(own, schema, migrations))
  }
  await refuseIncomplete(database, schema)
}

/** Brings the schema to the newest version. Several nodes may do so at once: one does it, the others wait for it. */
export async function bringUp(
  database: Database,
  schema: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await database.transact(async (transaction) => {
    await transaction.run(LOCK, [`hookline migrates ${schema}`])
    await transaction.run(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`)
    // Tables are taken one by one: with work under way, each would wait for what the other holds.
    await transaction.run(`SELECT pg_advisory_xact_lock(${workLock(schema)})`)
    // Not by IF NOT EXISTS: that asks for the right to create schemas even where there is nothing to create.
    if ((await transaction.run(SCHEMA_EXISTS, [schema])).length === 0) {
      await transaction.run(`CREATE SCHEMA ${quoted(schema)}`)
    }
    const table = await lookForTable(transaction)
    if (table === 'none') await transaction.run(VERSION_TABLE)
    if (table === 'first') await transaction.run(ADD_WORKS_FROM)
    await runMissing(transaction, schema, migrations)
  }, 'migration')
}

// 0 where there is none yet, or where its own table has to be changed first.
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

// With a longer limit than calls have, and again where a table is held: by a backup, by a long query.
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
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    }
  } finally {
    await database.close()
  }
}
