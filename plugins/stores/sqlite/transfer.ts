import {
  HooklineError,
  isHooklineError,
  type StoreTransfer,
  TRANSFER_TABLES,
  type TransferKey,
  type TransferKind,
  type TransferRow,
  type TransferSource,
  type TransferTarget,
} from '../../../core/index.ts'
import { type Database, openDatabase, takeLock } from './database.ts'
import { StoreFault } from './fault.ts'
import { prepareLanes } from './lanes.ts'
import { prepareLimits } from './limits.ts'
import { createRowReader, insertRows } from './transfer-rows.ts'
import {
  beginState,
  checkTarget,
  existingFile,
  finishState,
  movePosition,
  openReadOnly,
} from './transfer-state.ts'

const BUSY_TIMEOUT_MS = 5_000

// Attempts are what was started. Those that a rate still counts are numbered as claims had.
const DERIVE_STARTS = `
  INSERT INTO starts (program, lane, number, at)
  SELECT program, lane, row_number() OVER (PARTITION BY program, lane ORDER BY started_at, task_id, number), started_at
  FROM (
    SELECT t.program, CASE WHEN t.policy_key IS NULL THEN '' ELSE '=' || t.policy_key END AS lane, a.*
    FROM limits l JOIN tasks t ON t.program = l.program JOIN attempts a ON a.task_id = t.id
    WHERE l.rate_count IS NOT NULL AND a.started_at > ? - l.rate_ms
  )`
const PLACES = `
  SELECT DISTINCT program, policy_key, priority FROM tasks WHERE state = 'waiting' AND policy_key IS NOT NULL`

/** A SQLite file as the end of a move. For a command of its own: it reads and writes in the thread that calls. */
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
    // Rows come as they were in the source, whatever it let stand there; what was moved is compared.
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
        const next = { kind, after: keyOf(kind, rows) }
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

function derive(database: Database, now: number): void {
  database.connection.exec('DELETE FROM starts')
  database.prepare(DERIVE_STARTS).run(now)
  const lanes = prepareLanes(database, prepareLimits(database))
  for (const row of database.prepare(PLACES).all()) {
    lanes.refresh({
      program: row['program'] as string,
      key: row['policy_key'] as string,
      priority: row['priority'] as number,
    })
  }
  finishState(database.connection, now)
}

function commit<Result>({ connection }: Database, body: () => Result): Result {
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

function keyOf(kind: TransferKind, rows: readonly TransferRow[]): TransferKey | null {
  const last = rows.at(-1)?.slice(0, TRANSFER_TABLES[kind].keyFields)
  return (last ?? null) as TransferKey | null
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
    const reason = error instanceof Error ? error.message : String(error)
    const message = `The database ${path} cannot be used: ${reason}`
    throw new HooklineError('store_unavailable', message, { cause: error })
  }
}
