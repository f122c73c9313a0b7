import {
  errorMessageOf,
  HooklineError,
  isHooklineError,
  positionAfter,
  type StoreTransfer,
  type TransferSource,
  type TransferTarget,
} from '../../../../core/sdk/store.ts'
import { laneOf, prepareLanes } from '../claim/lanes.ts'
import { prepareLimits } from '../claim/limits.ts'
import { openDatabase, type SqliteDatabase, takeLock } from '../database/database.ts'
import { StoreFault } from '../database/fault.ts'
import { createRowReader, insertRows } from './rows.ts'
import {
  beginState,
  checkTarget,
  existingFile,
  finishState,
  movePosition,
  openReadOnly,
} from './state.ts'

const BUSY_TIMEOUT_MS = 5_000

// Attempts tell what was started. Those that a rate still counts are numbered as claims number them.
const DERIVE_STARTS = `
  INSERT INTO starts (program, lane, number, at)
  SELECT program, lane, row_number() OVER (PARTITION BY program, lane ORDER BY started_at, task_id, number), started_at
  FROM (
    SELECT t.program, CASE WHEN t.policy_key IS NULL THEN '' ELSE '=' || t.policy_key END AS lane, a.*
    FROM limits l JOIN tasks t ON t.program = l.program JOIN attempts a ON a.task_id = t.id
    WHERE l.rate_count IS NOT NULL AND a.started_at > ? - l.rate_ms
  )`
const NOTE_ALL = `
  DELETE FROM unprojected_deliveries;
  INSERT INTO unprojected_deliveries (id) SELECT id FROM deliveries ORDER BY id;
  DELETE FROM unprojected_ends;
  INSERT INTO unprojected_ends (task_id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason)
  SELECT id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason FROM tasks
  WHERE ended_at IS NOT NULL ORDER BY ended_at, id`
const LANES = `
  SELECT DISTINCT program, policy_key, priority FROM tasks WHERE state = 'waiting' AND policy_key IS NOT NULL`

/** A SQLite file as one end of a move. For a command of its own: it reads and writes in the thread that calls it. */
export function createTransfer(path: string, clock: () => number): StoreTransfer {
  return {
    openSource: async () => withCodes(path, () => openSource(existingFile(path))),
    openTarget: async (from) => withCodes(path, () => openTarget(path, { from, clock })),
  }
}

function openSource(path: string): TransferSource {
  const lock = takeLock(path)
  try {
    const connection = openReadOnly(path, BUSY_TIMEOUT_MS)
    const read = createRowReader(connection)
    return {
      name: nameOf(path),
      read: async (kind, after) => withCodes(path, () => read(kind, after)),
      async close() {
        connection.close()
        lock.close()
      },
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

interface Filling {
  readonly from: string
  readonly clock: () => number
}

function openTarget(path: string, { from, clock }: Filling): TransferTarget {
  checkTarget(path, BUSY_TIMEOUT_MS)
  const database = openDatabase(path)
  const { connection } = database
  try {
    // Rows come as they are in the source, whatever it allowed. What was moved is compared afterwards.
    connection.exec('PRAGMA foreign_keys = OFF')
    let { position, finishedAt } = commit(database, () => beginState(connection, from, path))
    const read = createRowReader(connection)
    return {
      name: nameOf(path),
      get position() {
        return position
      },
      get finishedAt() {
        return finishedAt
      },
      read: async (kind, after) => withCodes(path, () => read(kind, after)),
      async write(kind, rows) {
        if (finishedAt !== null) throw new Error('A finished target was to be written.')
        const next = positionAfter(kind, rows)
        withCodes(path, () =>
          commit(database, () => {
            insertRows(connection, kind, rows)
            movePosition(connection, next)
          }),
        )
        position = next
      },
      async finish() {
        const now = Math.trunc(clock())
        withCodes(path, () => commit(database, () => derive(database, now)))
        finishedAt = now
      },
      async close() {
        database.close()
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}

function derive(database: SqliteDatabase, now: number): void {
  database.connection.exec('DELETE FROM starts')
  database.prepare(DERIVE_STARTS).run(now)
  database.connection.exec(NOTE_ALL)
  const lanes = prepareLanes(database, prepareLimits(database))
  for (const row of database.prepare(LANES).all()) {
    lanes.refresh(laneOf(row))
  }
  finishState(database.connection, now)
}

function commit<Result>({ connection }: SqliteDatabase, body: () => Result): Result {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = body()
    connection.exec('COMMIT')
    return result
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK')
    throw error
  }
}

function nameOf(path: string): string {
  return `sqlite ${path}`
}

// SQLite's own messages name tables and columns, never values.
function withCodes<Result>(path: string, body: () => Result): Result {
  try {
    return body()
  } catch (error) {
    if (isHooklineError(error)) throw error
    if (error instanceof StoreFault) {
      throw new HooklineError(error.code, error.message, { cause: error })
    }
    const reason = errorMessageOf(error)
    const message = `The database ${path} cannot be used: ${reason}`
    throw new HooklineError('store_unavailable', message, { cause: error })
  }
}
