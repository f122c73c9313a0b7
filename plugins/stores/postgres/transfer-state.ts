import {
  HooklineError,
  TRANSFER_KINDS,
  type TransferKey,
  type TransferKind,
  type TransferPosition,
} from '../../../core/index.ts'
import { NOW, type Session, type Transaction } from './database.ts'
import { holdState } from './incomplete.ts'
import { MIGRATIONS } from './migrations.ts'

/** Made where a target is begun to be filled, so that a schema without it was filled by nodes alone. */
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
// Each node has a connection that listens. One whose heartbeats are rare is told from one that was killed by those.
const NODES = `
  SELECT name FROM nodes WHERE seen_at > ${NOW} - 60000 OR (
    seen_at > ${NOW} - 3600000 AND EXISTS (
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hookline'
        AND pid <> pg_backend_pid()
    )
  ) ORDER BY name LIMIT 3`

/** The database and schema, for people, and told from one of the same name that was made later. */
export async function nameOf(session: Session): Promise<string> {
  const [row] = await session.run(NAME)
  return `postgres ${row?.['database']}, schema ${row?.['schema']} (${row?.['oid']})`
}

/** Throws where there are nodes of the store. */
export async function refuseNodes(session: Session, name: string): Promise<void> {
  const nodes = (await session.run(NODES)).map((row) => row['name'])
  if (nodes.length === 0) return
  throw new HooklineError('transfer_refused', `Nodes use ${name}: ${nodes.join(', ')}`, {
    remedy: 'Stop them. One that was killed counts for another minute.',
  })
}

/** Throws where the schema is no store, or one of another version. */
export async function checkSource(session: Session, schema: string): Promise<void> {
  const version = await versionOf(session)
  if (version === null) {
    throw new HooklineError('transfer_refused', `There is no store in the schema ${schema}`)
  }
  checkVersion(version, schema)
}

/** Throws where the schema is a store of another version, which is then left as it is. */
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
  const known = MIGRATIONS.length
  if (version > known) {
    const message = `The schema ${schema} has version ${version}; this program knows versions up to ${known}`
    throw new HooklineError('store_too_new', message)
  }
  if (version < known) {
    const message = `The schema ${schema} has version ${version}, and a move does not change it to ${known}`
    const remedy = 'Start a node on it once with this version, and stop it.'
    throw new HooklineError('transfer_refused', message, { remedy })
  }
}

/** How a target stands. */
export interface TransferState {
  readonly position: TransferPosition
  readonly finishedAt: number | null
}

/** The state of a target that is filled from `source`, made where the schema is empty. */
export async function beginState(
  transaction: Transaction,
  source: string,
  name: string,
): Promise<TransferState> {
  // Waits for what a run that was killed has still under way.
  const known = await holdState(transaction)
  if (known === null) {
    await refuseFilled(transaction, name)
    await transaction.run(MAKE)
    await transaction.run(BEGIN, [source, TRANSFER_KINDS[0]])
    return { position: { kind: TRANSFER_KINDS[0], after: null }, finishedAt: null }
  }
  if (known['source'] !== source) {
    const message = `${name} was begun to be filled from ${known['source']}, not from ${source}`
    throw new HooklineError('transfer_refused', message)
  }
  const after = known['after'] as string | null
  return {
    position: {
      kind: known['kind'] as TransferKind,
      after: after === null ? null : (JSON.parse(after) as TransferKey),
    },
    finishedAt: known['finished_at'] as number | null,
  }
}

/** Moves on, where nobody else has. */
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

/** Answers the database's clock. */
export async function finishState(transaction: Transaction): Promise<number> {
  const [row] = await transaction.run(FINISH)
  return row?.['finished_at'] as number
}

// U+0001 in a key is written as JSON writes it.
function afterText({ after }: TransferPosition): string | null {
  return after === null ? null : JSON.stringify(after)
}

async function refuseFilled(session: Session, name: string): Promise<void> {
  for (const kind of TRANSFER_KINDS) {
    const condition = kind === 'document_versions' ? 'WHERE newest > 0' : ''
    const rows = await session.run(`SELECT 1 FROM ${kind} ${condition} LIMIT 1`)
    if (rows.length === 0) continue
    const message = `${name} is in use: it holds ${kind.replaceAll('_', ' ')}`
    const remedy = 'Name another schema in the config and move to `config`, or drop this one.'
    throw new HooklineError('transfer_refused', message, { remedy })
  }
}
