import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { folderFault } from '../../../../core/sdk/store/folder-fault.ts'
import { StoreFault } from './fault.ts'
import { MIGRATIONS } from './migrations.ts'
import { checkNow, isSmall } from './quick-check.ts'
import { createStatement, type Statement } from './statement.ts'

const BUSY_TIMEOUT_MS = 5_000
/** Most of what is read and written are the newest rows. Others are in the cache of the system. */
const CACHE_KIB = 4_096
/** A commit with more changed pages than the cache has room for still writes each of them once. */
const SPILL_PAGES = 2_048
// These two apply to a new file only.
/** A webhook's body fits into one or two pages, which means fewer writes than with the default of 4 KiB. */
const PAGE_BYTES = 8_192
/** At 128 MiB, commits write the WAL back themselves: see write-back.ts. */
const CHECKPOINT_PAGES = 16_384
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
  PRAGMA cache_spill = ${SPILL_PAGES};
  PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
  PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
`

export interface SqliteDatabase {
  readonly connection: DatabaseSync
  /** How often something was rolled back. To be counted by whoever does that. */
  undone: number
  /** Each statement is prepared once. Rows are objects. */
  prepare(sql: string): Statement
  close(): void
}

/** Opens, locks and migrates the file at an absolute path. Creates files with mode 0600 and folders with 0700. */
export function openDatabase(path: string): SqliteDatabase {
  const lock = openLock(path)
  let connection: DatabaseSync | undefined
  try {
    connection = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    connection.exec(SETTINGS)
    if (isSmall(path)) checkNow(connection, path)
    migrate(connection, path)
  } catch (error) {
    connection?.close()
    lock.close()
    throw error
  }
  return withStatements(connection, lock)
}

// SQLite compiles a statement again when a bare parameter of a LIMIT was bound anew, which takes longer than most of them.
function withFixedLimit(sql: string): string {
  return sql.replaceAll('LIMIT ?', 'LIMIT +?')
}

function openLock(path: string): DatabaseSync {
  const folder = dirname(path)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    makePrivate(path)
    return takeLock(path)
  } catch (error) {
    const at = error instanceof Error && 'path' in error ? String(error.path) : folder
    const fault = folderFault(error, at)
    if (fault === null) throw error
    throw new StoreFault(fault.code, `${fault.message}.`, error)
  }
}

function withStatements(connection: DatabaseSync, lock: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, Statement>()
  return {
    connection,
    undone: 0,
    prepare(sql) {
      let statement = statements.get(sql)
      if (statement === undefined) {
        statement = createStatement(connection.prepare(withFixedLimit(sql)))
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
 * and others can still read the database itself. Throws `data_dir_in_use` if another process holds it.
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

// Closing a file releases all locks that the process has on it (POSIX), so an existing file is not opened.
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
  if (version === MIGRATIONS.length) return
  // Together: each commit waits for the disk.
  const steps = MIGRATIONS.slice(version).join(';')
  connection.exec(`BEGIN IMMEDIATE; ${steps}; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
}
