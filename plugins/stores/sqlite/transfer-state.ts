import { existsSync, realpathSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import {
  HooklineError,
  TRANSFER_KINDS,
  type TransferKey,
  type TransferKind,
  type TransferPosition,
} from '../../../core/index.ts'
import { isTarget, refuseIncomplete } from './incomplete.ts'
import { MIGRATIONS } from './migrations.ts'

/** Made where a target is begun to be filled, so that a database without it was filled by nodes alone. */
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

/** How a target stands. */
export interface TransferState {
  readonly source: string
  readonly position: TransferPosition
  readonly finishedAt: number | null
}

/** Null where the database was never a target. */
export function readState(database: DatabaseSync): TransferState | null {
  if (!isTarget(database)) return null
  const row = database.prepare(READ).get()
  if (row === undefined) return null
  const after = row['after'] as string | null
  return {
    source: row['source'] as string,
    position: {
      kind: row['kind'] as TransferKind,
      after: after === null ? null : (JSON.parse(after) as TransferKey),
    },
    finishedAt: row['finished_at'] as number | null,
  }
}

/** The state of a target that is filled from `source`, made where the database is empty. */
export function beginState(database: DatabaseSync, source: string, path: string): TransferState {
  const known = readState(database)
  if (known !== null) {
    if (known.source === source) return known
    const message = `${path} was begun to be filled from ${known.source}, not from ${source}`
    throw new HooklineError('transfer_refused', message)
  }
  const filled = TRANSFER_KINDS.find((kind) => holdsRows(database, kind))
  if (filled !== undefined) {
    const message = `${path} is in use: it holds ${filled.replaceAll('_', ' ')}`
    throw new HooklineError('transfer_refused', message, { remedy: 'Name a new file to fill.' })
  }
  database.exec(MAKE)
  database.prepare(BEGIN).run(source, TRANSFER_KINDS[0])
  return { source, position: { kind: TRANSFER_KINDS[0], after: null }, finishedAt: null }
}

export function movePosition(database: DatabaseSync, { kind, after }: TransferPosition): void {
  database.prepare(MOVE).run(kind, JSON.stringify(after))
}

export function finishState(database: DatabaseSync, now: number): void {
  database.prepare(FINISH).run(now)
}

function holdsRows(database: DatabaseSync, kind: TransferKind): boolean {
  const condition = kind === 'document_versions' ? 'WHERE newest > 0' : ''
  return database.prepare(`SELECT 1 FROM ${kind} ${condition} LIMIT 1`).get() !== undefined
}

/** Opens a database for reading only. Throws where it is not there, not whole, or of another version. */
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

/** Throws where the file is a store of another version, which is then left as it is. */
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
  const version = versionOf(connection)
  const known = MIGRATIONS.length
  if (version > known) {
    const message = `${path} has version ${version}; this program knows versions up to ${known}`
    throw new HooklineError('store_too_new', message)
  }
  if (version < known) {
    const message = `${path} has version ${version}, and a move does not change it to ${known}`
    const remedy = 'Start the service on it once with this version, and stop it.'
    throw new HooklineError('transfer_refused', message, { remedy })
  }
}

function versionOf(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.['user_version'])
}

/** The file as it is called wherever it is named from. Throws where it is not there. */
export function existingFile(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  throw new HooklineError('transfer_refused', `There is no database ${path}`, {
    remedy: 'Name the database file: hookline.db in the data folder.',
  })
}
