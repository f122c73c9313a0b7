import type { StoreChange } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'
import { isDatabaseFault, toFailure } from '../database/fault.ts'
import type { Failure, FromThread, PackedCall } from './messages.ts'

/** A call with its body. */
export interface BatchCall {
  readonly call: PackedCall
  readonly body: Uint8Array
}

type Answers = Extract<FromThread, { kind: 'answers' }>

interface Run {
  readonly database: SqliteDatabase
  readonly path: string
  readonly calls: readonly BatchCall[]
  /** Carries out one call inside the open transaction. */
  readonly perform: (call: BatchCall) => unknown
  /** Filled by `perform`, and cut back if a call is undone. */
  readonly changes: StoreChange[]
}

/**
 * Runs calls in one transaction, so that they share a commit. If one call fails, the others are still carried out. If
 * the database fails (full disk, read error), all calls fail and nothing is kept.
 */
export function runBatch(run: Run): Answers {
  run.changes.length = 0
  try {
    return runTogether(run)
  } catch (error) {
    rollback(run.database)
    run.changes.length = 0
    if (isDatabaseFault(error) || run.calls.length === 1) return allFailed(run, error)
  }
  try {
    return runApart(run)
  } catch (error) {
    rollback(run.database)
    run.changes.length = 0
    return allFailed(run, error)
  }
}

// The usual case: no call fails, so none pays for a savepoint.
function runTogether({ database, calls, perform, changes }: Run): Answers {
  database.prepare('BEGIN IMMEDIATE').run()
  const answers = calls.map(perform)
  database.prepare('COMMIT').run()
  return { kind: 'answers', answers, failures: new Map(), changes }
}

// A call failed: the whole batch is run again, and only what fails is undone.
function runApart({ database, calls, perform, changes }: Run): Answers {
  const failures = new Map<number, Failure>()
  database.prepare('BEGIN IMMEDIATE').run()
  const answers = calls.map((call, index) => {
    database.prepare('SAVEPOINT one_call').run()
    const changesBefore = changes.length
    try {
      const answer = perform(call)
      database.prepare('RELEASE one_call').run()
      return answer
    } catch (error) {
      if (isDatabaseFault(error)) throw error
      database.prepare('ROLLBACK TO one_call').run()
      database.undone++
      database.prepare('RELEASE one_call').run()
      changes.length = changesBefore
      failures.set(index, toFailure(error))
      return null
    }
  })
  database.prepare('COMMIT').run()
  return { kind: 'answers', answers, failures, changes }
}

function rollback(database: SqliteDatabase): void {
  database.undone++
  // Some faults have already ended the transaction.
  if (database.connection.isTransaction) database.connection.exec('ROLLBACK')
}

function allFailed({ calls, path }: Run, error: unknown): Answers {
  return answerAll(calls, toFailure(error, path))
}

/** Fails all calls alike. */
export function answerAll(calls: readonly BatchCall[], failure: Failure): Answers {
  return {
    kind: 'answers',
    answers: calls.map(() => null),
    failures: new Map(calls.map((_, index) => [index, failure])),
    changes: [],
  }
}
