import { existsSync, realpathSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
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
  toTransferState,
} from '../../../../core/sdk/store.ts'
import { MIGRATIONS } from '../database/migrations.ts'
import { isTarget, refuseIncomplete } from './incomplete.ts'

/** Made when a move begins to fill a database. A database without it was filled by nodes alone. */
const MAKE = `
  CREATE TABLE IF NOT EXISTS transfer (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    source      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    after       TEXT,
    finished_at INTEGER
  ) STRICT`
const READ = 'SELECT source, kind, after, finished_at FROM transfer'
const BEGIN = 'INSERT INTO transfer (id, source, kind) VALUES (1, ?, ?)'
const MOVE = 'UPDATE transfer SET kind = ?, after = ?'
const FINISH = 'UPDATE transfer SET finished_at = ?'

/** Null if the database was never a target. */
function readState(database: DatabaseSync): TransferState | null {
  const row = isTarget(database) ? database.prepare(READ).get() : undefined
  return row === undefined ? null : toTransferState(row)
}

/** The state of a target that is filled from `source`. Makes it if the database is empty. */
export function beginState(database: DatabaseSync, source: string, path: string): TransferState {
  const known = readState(database)
  if (known !== null) {
    refuseOtherSource(known, source, path)
    return known
  }
  const filled = TRANSFER_KINDS.find(
    (kind) => database.prepare(holdsRowsQuery(kind)).get() !== undefined,
  )
  if (filled !== undefined) throw targetInUse(path, filled, 'Name a new file to fill.')
  const state = firstTransferState(source)
  database.exec(MAKE)
  database.prepare(BEGIN).run(source, state.position.kind)
  return state
}

export function movePosition(database: DatabaseSync, { kind, after }: TransferPosition): void {
  database.prepare(MOVE).run(kind, JSON.stringify(after))
}

export function finishState(database: DatabaseSync, now: number): void {
  database.prepare(FINISH).run(now)
}

/** Opens a database for reading only. Throws if it is missing, not whole, or of another version. */
export function openReadOnly(path: string, busyTimeoutMs: number): DatabaseSync {
  const connection = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs })
  try {
    checkVersion(connection, path)
    refuseIncomplete(connection, path)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** Throws if the file is a store of another version, which is then left as it is. */
export function checkTarget(path: string, busyTimeoutMs: number): void {
  if (!existsSync(path) || statSync(path).size === 0) return
  const connection = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs })
  try {
    if (versionOf(connection) > 0) checkVersion(connection, path)
  } finally {
    connection.close()
  }
}

function checkVersion(connection: DatabaseSync, path: string): void {
  const versions = { version: versionOf(connection), known: MIGRATIONS.length }
  checkTransferVersion(
    path,
    versions,
    'Start the service on it once with this version, and stop it.',
  )
}

function versionOf(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.['user_version'])
}

/** The real path of the file. Throws if it is missing. */
export function existingFile(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  throw new HooklineError('transfer_refused', `There is no database ${path}`, {
    remedy: 'Name the database file: hookline.db in the data folder.',
  })
}
