import type { PruneRequest } from '../../../core/index.ts'
import type { Database } from './database.ts'
import type { Allowance, Part } from './prune-allowance.ts'
import { type Beyond, walkBeyond } from './prune-walk.ts'

const FIRST = `
  SELECT id, ended_at FROM tasks WHERE ended_at IS NOT NULL ORDER BY ended_at, id LIMIT 1`
const EARLIER = `
  SELECT id, ended_at FROM tasks WHERE ended_at IS NOT NULL AND (ended_at, id) < (?, ?)
  ORDER BY ended_at DESC, id DESC LIMIT 1 OFFSET ?`
const DELETE = 'DELETE FROM tasks WHERE id = ?'

/** Where a settled task stands among them. */
interface End {
  readonly id: string
  readonly endedAt: number
}

/** Later than any end. */
const LAST: End = { id: '', endedAt: Number.MAX_SAFE_INTEGER }

/** A way through the tasks that go, that may take several calls. */
interface Pass {
  /** The number kept, and the way to the last that goes by it. */
  readonly keep: number | null
  readonly beyond: (allowance: Allowance) => Beyond<End>
}

/** Settled tasks by themselves, with their attempts and logs. */
export function prepareTaskPruning(database: Database) {
  const walk = (keep: number | null) =>
    walkBeyond<End>(keep, (from, rows) => {
      const { endedAt, id } = from ?? LAST
      return findEnd(database, EARLIER, endedAt, id, rows - 1)
    })
  let pass: Pass | null = null

  return ({ tasksBefore, keepTasks }: PruneRequest, allowance: Allowance): Part => {
    if (pass?.keep !== keepTasks) pass = { keep: keepTasks, beyond: walk(keepTasks) }
    const beyond = pass.beyond(allowance)
    if (beyond === 'walking') return { deleted: 0, isDone: false }
    let deleted = 0
    do {
      const first = findEnd(database, FIRST)
      if (first === null || !(isOld(first, tasksBefore) || isUpTo(first, beyond))) {
        pass = null
        return { deleted, isDone: true }
      }
      database.prepare(DELETE).run(first.id)
      deleted += 1
    } while (deleted < allowance.limit && !allowance.isOver())
    return { deleted, isDone: false }
  }
}

function isOld({ endedAt }: End, before: number | null): boolean {
  return before !== null && endedAt < before
}

function isUpTo({ id, endedAt }: End, last: End | null): boolean {
  return last !== null && (endedAt < last.endedAt || (endedAt === last.endedAt && id <= last.id))
}

function findEnd(database: Database, sql: string, ...values: (number | string)[]): End | null {
  const row = database.prepare(sql).get(...values)
  if (row === undefined) return null
  return { id: row['id'] as string, endedAt: row['ended_at'] as number }
}
