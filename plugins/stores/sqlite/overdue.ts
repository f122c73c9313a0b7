import { prepareAttempts } from './attempts.ts'
import type { HandlerContext } from './context.ts'
import { replacedReason } from './replace.ts'

const OVERDUE = `
  SELECT id, fence, policy_key, priority, cancel_requested, replaced_by FROM tasks
  WHERE state = 'running' AND program = ? AND lease_until <= ?`
const WAIT_AGAIN = `
  UPDATE tasks SET state = 'waiting', node = NULL, lease_until = NULL, reason = 'Its node was lost.'
  WHERE id = ?`
const CANCEL = `
  UPDATE tasks SET state = 'cancelled', ended_at = ?, node = NULL, lease_until = NULL, reason = ? WHERE id = ?`
const RUNNING_PROGRAMS = "SELECT DISTINCT program FROM tasks WHERE state = 'running'"

/**
 * Takes back every running task, also of programs that are no longer in the config. At opening only, within a
 * transaction: the file has one process, so whoever held their leases is gone.
 */
export function takeBackAll(context: HandlerContext, now: number): void {
  const takeBack = prepareOverdue(context)
  const programs = context.database.prepare(RUNNING_PROGRAMS).all()
  for (const row of programs) takeBack(row['program'] as string, now, ANY_LEASE)
}

/** Later than any lease. */
const ANY_LEASE = Number.MAX_SAFE_INTEGER

/**
 * Takes back a program's tasks whose lease ran out: they wait again, or end where they were to be cancelled or were
 * replaced. Their late nodes can then not settle, so the slots are free.
 */
export function prepareOverdue({ database, changes, lanes }: HandlerContext) {
  const attempts = prepareAttempts(database)
  const overdue = database.prepare(OVERDUE)
  const waitAgain = database.prepare(WAIT_AGAIN)
  const cancel = database.prepare(CANCEL)

  return (program: string, now: number, leasesUntil = now): void => {
    for (const row of overdue.all(program, leasesUntil)) {
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
