import type { PruneRequest } from '../../../core/index.ts'
import type { Database } from './database.ts'
import type { Allowance, Part } from './prune-allowance.ts'

// Walks from one task with a log to the next, so that what has no log any more costs nothing.
const NEXT = `
  SELECT tasks.id, tasks.created_at, tasks.ended_at FROM tasks WHERE id =
    (SELECT task_id FROM log_chunks WHERE task_id > ? ORDER BY task_id LIMIT 1)`
const DELETE = 'DELETE FROM log_chunks WHERE task_id = ?'

/** Logs of settled tasks that stay themselves. */
export function prepareLogPruning(database: Database) {
  // The last task that was looked at and keeps its log. What went is not behind it: its commit may have failed.
  let after = ''

  return ({ logsBefore }: PruneRequest, { limit, isOver }: Allowance): Part => {
    if (logsBefore === null) return { deleted: 0, isDone: true }
    let deleted = 0
    do {
      const row = database.prepare(NEXT).get(after)
      // Ids sort by time: none of those behind it has ended before it was made.
      if (row === undefined || (row['created_at'] as number) >= logsBefore) {
        after = ''
        return { deleted, isDone: true }
      }
      const id = row['id'] as string
      const endedAt = row['ended_at'] as number | null
      if (endedAt === null || endedAt >= logsBefore) {
        after = id
        continue
      }
      database.prepare(DELETE).run(id)
      deleted += 1
    } while (deleted < limit && !isOver())
    return { deleted, isDone: false }
  }
}
