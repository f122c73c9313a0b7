import { toBacklog } from '../../../../core/sdk/store/rows.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'

// Each part reads one small index, which SQLite would not choose by itself.
const BACKLOG = `
  SELECT program, sum(waiting) AS waiting, sum(running) AS running, min(due_at) AS due_at FROM (
    SELECT program, count(*) AS waiting, 0 AS running, min(due_at) AS due_at
    FROM tasks INDEXED BY tasks_waiting
    WHERE state = 'waiting' AND policy_key IS NULL GROUP BY program
    UNION ALL
    SELECT program, count(*), 0, min(due_at) FROM tasks INDEXED BY tasks_waiting_of_key
    WHERE state = 'waiting' AND policy_key IS NOT NULL GROUP BY program
    UNION ALL
    SELECT program, 0, count(*), NULL FROM tasks INDEXED BY tasks_running
    WHERE state = 'running' GROUP BY program
  ) GROUP BY program ORDER BY program`

/** What waits and runs of each program. */
export function createBacklogHandler({ database }: HandlerContext): Handlers<'backlog'> {
  return { backlog: () => database.prepare(BACKLOG).all().map(toBacklog) }
}
