import type { PruneRequest } from '../../../core/index.ts'
import type { Database } from './database.ts'
import type { Allowance, Part } from './prune-allowance.ts'

const FIRST = `
  SELECT id, ended_at FROM tasks WHERE ended_at IS NOT NULL ORDER BY ended_at, id LIMIT 1`
const BEYOND = `
  SELECT id, ended_at FROM tasks WHERE ended_at IS NOT NULL
  ORDER BY ended_at DESC, id DESC LIMIT 1 OFFSET ?`
const DELETE = 'DELETE FROM tasks WHERE id = ?'

/** Where a settled task stands among them. */
interface End {
  readonly id: string
  readonly endedAt: number
}

/** Settled tasks by themselves, with their attempts and logs. */
export function prepareTaskPruning(database: Database) {
  // The number kept, and the last that goes by it; found once for all calls that it takes.
  let pass: { readonly keep: number | null; readonly beyond: End | null } | null = null

  return ({ tasksBefore, keepTasks }: PruneRequest, { limit, isOver }: Allowance): Part => {
    if (pass?.keep !== keepTasks) {
      pass = { keep: keepTasks, beyond: findBeyond(database, keepTasks) }
    }
    let deleted = 0
    do {
      const first = findEnd(database, FIRST)
      if (first === null || !(isOld(first, tasksBefore) || isUpTo(first, pass.beyond))) {
        pass = null
        return { deleted, isDone: true }
      }
      database.prepare(DELETE).run(first.id)
      deleted += 1
    } while (deleted < limit && !isOver())
    return { deleted, isDone: false }
  }
}

function isOld({ endedAt }: End, before: number | null): boolean {
  return before !== null && endedAt < before
}

function isUpTo({ id, endedAt }: End, last: End | null): boolean {
  return last !== null && (endedAt < last.endedAt || (endedAt === last.endedAt && id <= last.id))
}

function findBeyond(database: Database, keep: number | null): End | null {
  return keep === null ? null : findEnd(database, BEYOND, Math.max(Math.trunc(keep), 0))
}

function findEnd(database: Database, sql: string, ...values: number[]): End | null {
  const row = database.prepare(sql).get(...values)
  if (row === undefined) return null
  return { id: row['id'] as string, endedAt: row['ended_at'] as number }
}
