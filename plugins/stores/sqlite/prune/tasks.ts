import { isTaskDue, toTaskEnd } from '../../../../core/sdk/store/pruning.ts'
import type { PrunedPart, PruneRequest, TaskEnd } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'
import { type PruneAllowance, type RowBeyond, walkBeyond } from './walk.ts'

const FIRST = `
  SELECT id, ended_at FROM tasks WHERE ended_at IS NOT NULL ORDER BY ended_at, id LIMIT 1`
const EARLIER = `
  SELECT id, ended_at FROM tasks WHERE ended_at IS NOT NULL AND (ended_at, id) < (?, ?)
  ORDER BY ended_at DESC, id DESC LIMIT 1 OFFSET ?`
const DELETE = 'DELETE FROM tasks WHERE id = ?'

/** Later than any end. */
const LAST: TaskEnd = { id: '', endedAt: Number.MAX_SAFE_INTEGER }

/** A pass through the tasks that go, which may take several calls. */
interface Pass {
  /** The number kept, and the walk to the last task beyond it. */
  readonly keep: number | null
  readonly beyond: (allowance: PruneAllowance) => RowBeyond<TaskEnd>
}

/** Deletes settled tasks with their attempts and logs. */
export function prepareTaskPruning(database: SqliteDatabase) {
  const walk = (keep: number | null) =>
    walkBeyond<TaskEnd>(keep, (from, rows) => {
      const { endedAt, id } = from ?? LAST
      return findEnd(database, EARLIER, endedAt, id, rows - 1)
    })
  let pass: Pass | null = null

  return (
    { tasksBefore: before, keepTasks }: PruneRequest,
    allowance: PruneAllowance,
  ): PrunedPart => {
    if (pass?.keep !== keepTasks) pass = { keep: keepTasks, beyond: walk(keepTasks) }
    const beyond = pass.beyond(allowance)
    if (beyond === 'walking') return { deleted: 0, isDone: false }
    let deleted = 0
    do {
      const first = findEnd(database, FIRST)
      if (first === null || !isTaskDue(first, { before, beyond })) {
        pass = null
        return { deleted, isDone: true }
      }
      database.prepare(DELETE).run(first.id)
      deleted += 1
    } while (deleted < allowance.limit && !allowance.isOver())
    return { deleted, isDone: false }
  }
}

function findEnd(
  database: SqliteDatabase,
  sql: string,
  ...values: (number | string)[]
): TaskEnd | null {
  const row = database.prepare(sql).get(...values)
  return row === undefined ? null : toTaskEnd(row)
}
