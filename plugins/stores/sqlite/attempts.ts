import type { Lease, Settlement } from '../../../core/index.ts'
import type { Database } from './database.ts'

const START = `
  INSERT INTO attempts (task_id, number, node, started_at, status) VALUES (?, ?, ?, ?, 'running')`
const LOSE = `
  UPDATE attempts SET status = 'lost', ended_at = ?, reason = 'Its lease ran out.'
  WHERE task_id = ? AND number = ? AND status = 'running'`
const END = `
  UPDATE attempts SET status = ?, ended_at = ?, exit_code = ?, reason = ? WHERE task_id = ? AND number = ?`

/** Rows of the attempts table. An attempt's number is the fence of its claim. */
export interface Attempts {
  start(lease: Lease, node: string, now: number): void
  lose(taskId: string, fence: number, now: number): void
  end(lease: Lease, settlement: Settlement, now: number): void
}

export function prepareAttempts(database: Database): Attempts {
  const start = database.prepare(START)
  const lose = database.prepare(LOSE)
  const end = database.prepare(END)
  return {
    start({ taskId, fence }, node, now) {
      start.run(taskId, fence, node, now)
    },
    lose(taskId, fence, now) {
      lose.run(now, taskId, fence)
    },
    end({ taskId, fence }, { attempt, exitCode, reason }, now) {
      end.run(attempt, now, exitCode, reason, taskId, fence)
    },
  }
}
