import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { StoreFault } from './fault.ts'
import { MIGRATIONS } from './migrations.ts'

const BUSY_TIMEOUT_MS = 5_000
const CACHE_KIB = 65_536
// These two hold for a new file only.
/** A webhook's body fits one page or two: fewer writes than with the usual 4 KiB. */
const PAGE_BYTES = 8_192
/** The WAL is written back at 32 MiB. */
const CHECKPOINT_PAGES = 4_096
const WAL_LIMIT_BYTES = 67_108_864

const SETTINGS = `
  PRAGMA page_size = ${PAGE_BYTES};
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -${CACHE_KIB};
  PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
  PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
`

export interface Database {
  readonly connection: DatabaseSync
  /** Prepared once, rows as objects. */
  prepare(sql: string): StatementSync
  close(): void
}

/** Opens, locks and migrates the file at an absolute path. Files are made with mode 0600, folders with 0700. */
export function openDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const lock = takeLock(path)
  let connection: DatabaseSync | undefined
  try {
    makePrivate(path)
    connection = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    connection.exec(SETTINGS)
    migrate(connection, path)
  } catch (error) {
    connection?.close()
    lock.close()
    throw error
  }
  return withStatements(connection, lock)
}

function withStatements(connection: DatabaseSync, lock: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>()
  return {
    connection,
    prepare(sql) {
      let statement = statements.get(sql)
      if (statement === undefined) {
        statement = connection.prepare(sql)
        statements.set(sql, statement)
      }
      return statement
    },
    close() {
      connection.close()
      lock.close()
    },
  }
}

/**
 * The lock of a database: an open transaction on a file of its own. The system releases it however the process ends,
 * and others can still read the database itself. Throws `data_dir_in_use` where another process has it.
 */
export function takeLock(path: string): DatabaseSync {
  const lockPath = `${path}-lock`
  makePrivate(lockPath)
  const lock = new DatabaseSync(lockPath, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new StoreFault('data_dir_in_use', `Another process has ${path} open.`, error)
  }
  return lock
}

// Closing a file gives up all locks that the process has on it (POSIX), so one that is there is not opened.
function makePrivate(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

function migrate(connection: DatabaseSync, path: string): void {
  const row = connection.prepare('PRAGMA user_version').get()
  const version = Number(row?.['user_version'])
  if (version > MIGRATIONS.length) {
    throw new StoreFault(
      'store_too_new',
      `${path} has version ${version}; this program knows versions up to ${MIGRATIONS.length}.`,
    )
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue
    connection.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}
