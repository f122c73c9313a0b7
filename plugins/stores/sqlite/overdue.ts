import { prepareAttempts } from './attempts.ts'
import type { HandlerContext } from './context.ts'
import type { Database } from './database.ts'
import { replacedReason } from './replace.ts'

const OVERDUE = `
  SELECT id, fence, policy_key, priority, cancel_requested, replaced_by FROM tasks
  WHERE state = 'running' AND program = ? AND lease_until <= ?`
const WAIT_AGAIN = `
  UPDATE tasks SET state = 'waiting', node = NULL, lease_until = NULL, reason = 'Its node was lost.'
  WHERE id = ?`
const CANCEL = `
  UPDATE tasks SET state = 'cancelled', ended_at = ?, node = NULL, lease_until = NULL, reason = ? WHERE id = ?`
const END_LEASES = "UPDATE tasks SET lease_until = ? WHERE state = 'running' AND lease_until > ?"

/** Lets every lease run out. At opening only: the file has one process, so whoever held them is gone. */
export function endLeases(database: Database, now: number): void {
  database.prepare(END_LEASES).run(now, now)
}

/**
 * Takes back a program's tasks whose lease ran out: they wait again, or end where they were to be cancelled or were
 * replaced. Their late nodes can then not settle, so the slots are free.
 */
export function prepareOverdue({ database, changes, lanes }: HandlerContext) {
  const attempts = prepareAttempts(database)
  const overdue = database.prepare(OVERDUE)
  const waitAgain = database.prepare(WAIT_AGAIN)
  const cancel = database.prepare(CANCEL)

  return (program: string, now: number): void => {
    for (const row of overdue.all(program, now)) {
      const taskId = row['id'] as string
      const replacedBy = row['replaced_by'] as string | null
      attempts.lose(taskId, row['fence'] as number, now)
      if (row['cancel_requested'] === 1 || replacedBy !== null) {
        const lost = 'Cancelled; its node was lost.'
        cancel.run(now, replacedBy === null ? lost : replacedReason(replacedBy), taskId)
        changes.push({ kind: 'task', taskId, state: 'cancelled' })
        continue
      }
      waitAgain.run(taskId)
      const key = row['policy_key'] as string | null
      lanes.refresh({ program, key, priority: row['priority'] as number })
      changes.push({ kind: 'task', taskId, state: 'waiting' })
    }
  }
}
