import { type ProgramBacklog, toBacklog } from '../../../../core/sdk/store.ts'
import type { Session } from '../database/database.ts'

// Each part reads one partial index.
const BACKLOG = `
  SELECT program, sum(waiting) AS waiting, sum(running) AS running, min(due_at) AS due_at FROM (
    SELECT program, count(*) AS waiting, 0 AS running, min(due_at) AS due_at FROM tasks
    WHERE state = 'waiting' AND lane IS NULL GROUP BY program
    UNION ALL
    SELECT program, count(*), 0, min(due_at) FROM tasks
    WHERE state = 'waiting' AND lane IS NOT NULL GROUP BY program
    UNION ALL
    SELECT program, 0, count(*), NULL FROM tasks WHERE state = 'running' GROUP BY program
  ) AS parts GROUP BY program ORDER BY program`

/** What waits and runs of each program. */
export async function readBacklog(session: Session): Promise<readonly ProgramBacklog[]> {
  return (await session.run(BACKLOG)).map(toBacklog)
}
