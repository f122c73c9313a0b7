import { groupsOf, toErrorPage, toErrorQuery } from '../../../../core/sdk/store/counts.ts'
import type { Death } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import type { SqliteDatabase } from '../database/database.ts'

const SEE = `
  INSERT INTO error_groups (id, program, reason, count, first_at, last_at, last_task)
  VALUES (?, ?, ?, 0, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    first_at = min(first_at, excluded.first_at),
    last_task = CASE WHEN excluded.last_at >= last_at THEN excluded.last_task ELSE last_task END,
    last_at = max(last_at, excluded.last_at)`
// Only if the task is still dead of it: neither retried nor deleted since.
const JOIN = `
  INSERT INTO task_errors (task_id, group_id) SELECT id, ? FROM tasks WHERE id = ? AND state = 'dead' AND ended_at = ?
  ON CONFLICT DO NOTHING`

/** Records deaths in their groups. Triggers count the tasks of each group, also when they are retried or deleted. */
export function prepareDeaths(database: SqliteDatabase): (deaths: readonly Death[]) => void {
  const see = database.prepare(SEE)
  const join = database.prepare(JOIN)
  return (deaths) => {
    for (const { id, program, reason, firstAt, lastAt, lastTask } of groupsOf(deaths)) {
      see.run(id, program, reason, firstAt, lastAt, lastTask)
    }
    for (const { taskId, group, at } of deaths) join.run(group, taskId, at)
  }
}

/** Groups of errors. */
export function createErrorHandler({ database }: HandlerContext): Handlers<'errors'> {
  return {
    errors([filter]) {
      const { sql, values, size } = toErrorQuery(filter)
      return toErrorPage(database.prepare(sql).all(...values), size)
    },
  }
}
