import { logFate } from '../../../../core/sdk/store/pruning.ts'
import type { PrunedPart, PruneRequest } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'
import type { PruneAllowance } from './walk.ts'

// Goes from one task with a log to the next, so that tasks without one cost nothing.
const NEXT = `
  SELECT tasks.id, tasks.created_at, tasks.ended_at FROM tasks WHERE id =
    (SELECT task_id FROM log_chunks WHERE task_id > ? ORDER BY task_id LIMIT 1)`
const DELETE = 'DELETE FROM log_chunks WHERE task_id = ?'

/** Deletes logs of settled tasks that stay themselves. */
export function prepareLogPruning(database: SqliteDatabase) {
  // The last task that keeps its log. One whose log was deleted does not count: its commit may have failed.
  let after = ''

  return ({ logsBefore }: PruneRequest, { limit, isOver }: PruneAllowance): PrunedPart => {
    if (logsBefore === null) return { deleted: 0, isDone: true }
    let deleted = 0
    do {
      const row = database.prepare(NEXT).get(after)
      const fate = row === undefined ? 'end' : logFate(row, logsBefore)
      if (row === undefined || fate === 'end') {
        after = ''
        return { deleted, isDone: true }
      }
      const id = row['id'] as string
      if (fate === 'stays') {
        after = id
        continue
      }
      database.prepare(DELETE).run(id)
      deleted += 1
    } while (deleted < limit && !isOver())
    return { deleted, isDone: false }
  }
}
