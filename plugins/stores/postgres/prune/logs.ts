import { logFate, type PrunedPart, type PruneRequest } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'

// Goes from one task with a log to the next, so that tasks without one cost nothing.
const NEXT = `
  WITH RECURSIVE logged AS (
    (SELECT task_id, 1 AS place FROM log_chunks WHERE task_id > $1 ORDER BY task_id LIMIT 1)
    UNION ALL
    SELECT (
      SELECT task_id FROM log_chunks WHERE task_id > l.task_id ORDER BY task_id LIMIT 1
    ), place + 1 FROM logged l WHERE l.task_id IS NOT NULL AND l.place < $2
  )
  SELECT l.task_id, t.created_at, t.ended_at FROM logged l LEFT JOIN tasks t ON t.id = l.task_id
  WHERE l.task_id IS NOT NULL ORDER BY l.task_id`
// Looked at again under a lock: a person may have retried a task since.
const LOCK = `
  SELECT id FROM tasks WHERE id = ANY ($1::text[]) AND (ended_at IS NULL OR ended_at >= $2)
  ORDER BY id FOR SHARE`
const DELETE = 'DELETE FROM log_chunks WHERE task_id = ANY ($1::text[])'

/** Deletes logs of settled tasks that stay themselves. */
export function createLogPruning() {
  let after = ''

  return async (
    { transaction, clock }: Batch,
    { logsBefore, limit }: PruneRequest,
  ): Promise<PrunedPart> => {
    if (logsBefore === null) return { deleted: 0, isDone: true }
    const before = clock.toStore(logsBefore)
    const rows = await transaction.run(NEXT, [after, limit])
    const end = rows.findIndex((row) => logFate(row, before) === 'end')
    const isDone = end >= 0 || rows.length < limit
    const passed = end < 0 ? rows : rows.slice(0, end)
    const due = passed.filter((row) => logFate(row, before) === 'due')
    const ids = due.map((row) => row['task_id'] as string)
    const kept = new Set((await transaction.run(LOCK, [ids, before])).map(({ id }) => id))
    const gone = ids.filter((id) => !kept.has(id))
    if (gone.length > 0) await transaction.run(DELETE, [gone])
    after = isDone ? '' : (passed.at(-1)?.['task_id'] as string)
    return { deleted: gone.length, isDone }
  }
}
