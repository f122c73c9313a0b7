import type { HeldTask, TaskStep } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import { laneOf } from '../claim/lanes.ts'

const SAVE = `
  UPDATE tasks SET state = ?, due_at = ?, ended_at = ?, attempts = ?, lost_attempts = ?, node = ?, lease_until = ?, handed_over = ?, cancel_requested = ?,
    replaced_by = ?, exit_code = ?, reason = ?, result = ?, next_id = ?, approval = ?, parked_by = ?, parked_due_at = ?
  WHERE id = ?`
const END_ATTEMPT = `
  UPDATE attempts SET status = ?, ended_at = ?, exit_code = ?, reason = ? WHERE task_id = ? AND number = ?`
/** For the projection, once a task has ended. No trigger: see NO_TASK_TRIGGERS. */
export const NOTE_END = `
  INSERT INTO unprojected_ends (task_id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason)
  SELECT id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason FROM tasks WHERE id = ?`
const LEAVE_ERRORS = 'DELETE FROM task_errors WHERE task_id = ?'

const HAS_CONCURRENCY = `EXISTS (
    SELECT 1 FROM limits WHERE limits.program = tasks.program AND limits.concurrency IS NOT NULL
  ) AS has_concurrency`

/** For `settleTask`, which sets all other columns that change. Reading no more keeps settling fast. */
export const HELD_TASK = `
  SELECT id, program, policy_key, priority, state, due_at, attempts, lost_attempts, fence, handed_over, cancel_requested, replaced_by,
    exit_code, reason, result, next_id, approval, ${HAS_CONCURRENCY} FROM tasks`
/** For all other steps. */
export const WHOLE_HELD_TASK = `SELECT *, ${HAS_CONCURRENCY} FROM tasks`

/** Writes what a step makes of a task, and returns the task's row as it then is. */
export function prepareStep({ database, changes, lanes }: HandlerContext) {
  const save = database.prepare(SAVE)
  const endAttempt = database.prepare(END_ATTEMPT)
  const noteEnd = database.prepare(NOTE_END)
  const leaveErrors = database.prepare(LEAVE_ERRORS)

  return (task: HeldTask, { columns, attempt, changes: own }: TaskStep, now: number): HeldTask => {
    const next = { ...task, ...columns }
    save.run(
      next.state,
      next.due_at,
      next.ended_at,
      next.attempts,
      next.lost_attempts,
      next.node,
      next.lease_until,
      next.handed_over,
      Number(next.cancel_requested),
      next.replaced_by,
      next.exit_code,
      next.reason,
      next.result,
      next.next_id ?? null,
      next.approval ?? null,
      next.parked_by ?? null,
      next.parked_due_at ?? null,
      task.id,
    )
    if (attempt !== null) {
      const { status, exitCode, reason } = attempt
      endAttempt.run(status, now, exitCode, reason, task.id, task.fence)
    }
    if (isEnded(next) && !isEnded(task)) noteEnd.run(task.id)
    if (task.state === 'dead' && next.state !== 'dead') leaveErrors.run(task.id)
    if (task.state === 'waiting' || next.state === 'waiting') lanes.refresh(laneOf(task))
    changes.push(...own)
    return next
  }
}

function isEnded({ state }: HeldTask): boolean {
  return state !== 'waiting' && state !== 'running'
}
