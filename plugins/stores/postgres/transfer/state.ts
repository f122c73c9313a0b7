import {
  checkTransferVersion,
  firstTransferState,
  HooklineError,
  holdsRowsQuery,
  refuseOtherSource,
  TRANSFER_KINDS,
  type TransferPosition,
  type TransferState,
  targetInUse,
} from '../../../../core/sdk/store.ts'
import { NOW, type Session, type Transaction } from '../database/database.ts'
import { MIGRATIONS } from '../database/migrations.ts'
import { holdState } from './incomplete.ts'

/** Made when a move begins to fill a schema. A schema without it was filled by nodes alone. */
const MAKE = `
  CREATE TABLE transfer (
    id          integer PRIMARY KEY CHECK (id = 1),
    source      text NOT NULL,
    kind        text NOT NULL,
    after       text,
    finished_at bigint
  )`
const BEGIN = 'INSERT INTO transfer (id, source, kind) VALUES (1, $1, $2)'
const MOVE = `
  UPDATE transfer SET kind = $1, after = $2
  WHERE kind = $3 AND after IS NOT DISTINCT FROM $4 AND finished_at IS NULL RETURNING 1`
const FINISH = `UPDATE transfer SET finished_at = ${NOW} RETURNING finished_at`
const IS_STORE = "SELECT to_regclass('schema_version') IS NOT NULL AS is_store"
const VERSION = 'SELECT max(version) AS version FROM schema_version'
const NAME = `
  SELECT current_database() AS database, nspname AS schema, oid FROM pg_namespace WHERE nspname = current_schema()`
// Each node has a connection that listens. It tells a node with rare heartbeats from one that was killed.
const NODES = `
  SELECT name FROM nodes WHERE seen_at > ${NOW} - 60000 OR (
    seen_at > ${NOW} - 3600000 AND EXISTS (
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hookline'
        AND pid <> pg_backend_pid()
    )
  ) ORDER BY name LIMIT 3`

/** A name of the database and schema for people. It differs from that of a schema made later under the same name. */
export async function nameOf(session: Session): Promise<string> {
  const [row] = await session.run(NAME)
  return `postgres ${row?.['database']}, schema ${row?.['schema']} (${row?.['oid']})`
}

/** Throws if nodes use the store. */
export async function refuseNodes(session: Session, name: string): Promise<void> {
  const nodes = (await session.run(NODES)).map((row) => row['name'])
  if (nodes.length === 0) return
  throw new HooklineError('transfer_refused', `Nodes use ${name}: ${nodes.join(', ')}`, {
    remedy: 'Stop them. One that was killed counts for another minute.',
  })
}

/** Throws if the schema is no store, or one of another version. */
export async function checkSource(session: Session, schema: string): Promise<void> {
  const version = await versionOf(session)
  if (version === null) {
    throw new HooklineError('transfer_refused', `There is no store in the schema ${schema}`)
  }
  checkVersion(version, schema)
}

/** Throws if the schema is a store of another version, which is then left as it is. */
export async function checkTarget(session: Session, schema: string): Promise<void> {
  const version = await versionOf(session)
  if (version !== null) checkVersion(version, schema)
}

async function versionOf(session: Session): Promise<number | null> {
  const [found] = await session.run(IS_STORE)
  if (found?.['is_store'] !== true) return null
  const [row] = await session.run(VERSION)
  return Number(row?.['version'] ?? 0)
}

function checkVersion(version: number, schema: string): void {
  checkTransferVersion(
    `The schema ${schema}`,
    { version, known: MIGRATIONS.length },
    'Start a node on it once with this version, and stop it.',
  )
}

/** The state of a target that is filled from `source`. Makes it if the schema is empty. */
export async function beginState(
  transaction: Transaction,
  source: string,
  name: string,
): Promise<TransferState> {
  // Waits for what is still under way of a run that was killed.
  const known = await holdState(transaction)
  if (known !== null) {
    refuseOtherSource(known, source, name)
    return known
  }
  await refuseFilled(transaction, name)
  const state = firstTransferState(source)
  await transaction.run(MAKE)
  await transaction.run(BEGIN, [source, state.position.kind])
  return state
}

/** Moves on. Throws if another process has moved on meanwhile. */
export async function movePosition(
  transaction: Transaction,
  from: TransferPosition,
  to: TransferPosition,
): Promise<void> {
  const values = [to.kind, afterText(to), from.kind, afterText(from)]
  if ((await transaction.run(MOVE, values)).length > 0) return
  throw new HooklineError('transfer_refused', 'Another process fills the same store', {
    remedy: 'Let one of them end, then run it again.',
  })
}

/** Returns the database's clock. */
export async function finishState(transaction: Transaction): Promise<number> {
  const [row] = await transaction.run(FINISH)
  return row?.['finished_at'] as number
}

// JSON escapes U+0001, so a key needs no other escape.
function afterText({ after }: TransferPosition): string | null {
  return after === null ? null : JSON.stringify(after)
}

async function refuseFilled(session: Session, name: string): Promise<void> {
  for (const kind of TRANSFER_KINDS) {
    const rows = await session.run(holdsRowsQuery(kind))
    if (rows.length === 0) continue
    const remedy = 'Name another schema in the config and move to `config`, or drop this one.'
    throw targetInUse(name, kind, remedy)
  }
}
