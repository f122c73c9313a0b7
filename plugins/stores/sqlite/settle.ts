import type { TaskRecord } from '../../../core/index.ts'
import { prepareAttempts } from './attempts.ts'
import type { HandlerContext } from './context.ts'
import type { Place } from './lanes.ts'
import type { Handlers } from './messages.ts'
import { changesOfPacked } from './receipt.ts'
import { replacedReason } from './replace.ts'
import { toTask } from './rows.ts'

const HELD = `
  SELECT program, policy_key, priority, cancel_requested, replaced_by FROM tasks
  WHERE id = ? AND fence = ? AND state = 'running'`
const SETTLE = `
  UPDATE tasks SET state = ?, due_at = coalesce(?, due_at), ended_at = ?, attempts = attempts - ?, exit_code = ?,
    reason = ?, result = ?, node = NULL, lease_until = NULL
  WHERE id = ?`
const TASK =
  'SELECT *, lease_until IS NOT NULL AND lease_until <= ? AS lease_over FROM tasks WHERE id = ?'
const CANCEL = `
  UPDATE tasks SET state = 'cancelled', cancel_requested = 1, ended_at = ?, node = NULL, lease_until = NULL,
    reason = ?
  WHERE id = ? RETURNING *`
const REQUEST_CANCEL = 'UPDATE tasks SET cancel_requested = 1 WHERE id = ? RETURNING *'
const RETRY = `
  UPDATE tasks SET state = 'waiting', due_at = ?, attempts = 0, cancel_requested = 0,
    replaced_by = NULL, ended_at = NULL, exit_code = NULL, reason = NULL, result = NULL
  WHERE id = ? RETURNING *`

/** Ends of attempts, and what a person does to a task. */
export function createSettleHandlers(
  { database, changes, limits, lanes }: HandlerContext,
  accept: Handlers<'accept'>['accept'],
): Handlers<'settle' | 'cancel' | 'retry'> {
  const attempts = prepareAttempts(database)
  const held = database.prepare(HELD)
  const settle = database.prepare(SETTLE)
  const findTask = database.prepare(TASK)

  const change = (sql: string, ...values: (string | number)[]): TaskRecord | null => {
    const row = database.prepare(sql).get(...values)
    return row === undefined ? null : toTask(row)
  }

  return {
    settle([lease, settlement, now, followUp], body) {
      const row = held.get(lease.taskId, lease.fence)
      if (row === undefined) return false
      const replacedBy = row['replaced_by'] as string | null
      // A task that was to be cancelled, or that a newer one stands for, must not wait again.
      const isUnwanted = row['cancel_requested'] === 1 || replacedBy !== null
      const state = settlement.state === 'waiting' && isUnwanted ? 'cancelled' : settlement.state
      const waits = state === 'waiting'
      const dueAt = waits ? Math.ceil(settlement.dueAt ?? now) : null
      const { exitCode, result } = settlement
      const isReplaced = state === 'cancelled' && replacedBy !== null
      const reason = isReplaced ? replacedReason(replacedBy) : settlement.reason
      const uncounted = settlement.attempt === 'returned' ? 1 : 0
      const endedAt = waits ? null : now
      settle.run(state, dueAt, endedAt, uncounted, exitCode, reason, result, lease.taskId)
      attempts.end(lease, settlement, now)
      changes.push({ kind: 'task', taskId: lease.taskId, state })
      const place = placeOf(row)
      if (waits) lanes.refresh(place)
      // The end of one task may be what others of its key wait for.
      if (waits || limits.hasConcurrency(place.program)) changes.push({ kind: 'work' })
      if (followUp !== null && state === settlement.state) {
        const known = accept([...followUp, now], body)
        changes.push(...changesOfPacked(followUp, known))
      }
      return true
    },

    cancel([taskId, now]) {
      const row = findTask.get(now, taskId)
      if (row === undefined) return null
      const state = row['state']
      if (state !== 'waiting' && state !== 'running') return toTask(row)
      if (state === 'running' && row['lease_over'] === 0) {
        changes.push({ kind: 'cancel', taskId })
        return change(REQUEST_CANCEL, taskId)
      }
      if (state === 'running') attempts.lose(taskId, row['fence'] as number, now)
      const reason =
        state === 'running' ? 'Cancelled; its node was lost.' : 'Cancelled while waiting.'
      changes.push({ kind: 'task', taskId, state: 'cancelled' })
      const cancelled = change(CANCEL, now, reason, taskId)
      lanes.refresh(placeOf(row))
      return cancelled
    },

    retry([taskId, now]) {
      const row = findTask.get(now, taskId)
      if (row === undefined) return null
      if (row['state'] === 'waiting' || row['state'] === 'running') return toTask(row)
      changes.push({ kind: 'task', taskId, state: 'waiting' }, { kind: 'work' })
      const waiting = change(RETRY, now, taskId)
      lanes.refresh(placeOf(row))
      return waiting
    },
  }
}

function placeOf(row: Readonly<Record<string, unknown>>): Place {
  return {
    program: row['program'] as string,
    key: row['policy_key'] as string | null,
    priority: row['priority'] as number,
  }
}
