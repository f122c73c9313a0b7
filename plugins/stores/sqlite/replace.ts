import type { HandlerContext } from './context.ts'
import type { PackedTask } from './messages.ts'

// Two statements, since an index of keys serves `=` and the one of tasks without a key serves `IS NULL`.
const CANCEL_WAITING = `
  UPDATE tasks SET state = 'cancelled', ended_at = ?, replaced_by = ?, reason = ?
  WHERE state = 'waiting' AND program = ? AND policy_key = ? RETURNING id`
const CANCEL_WAITING_WITHOUT_KEY = `
  UPDATE tasks SET state = 'cancelled', ended_at = ?, replaced_by = ?, reason = ?
  WHERE state = 'waiting' AND program = ? AND policy_key IS NULL RETURNING id`
const MARK_RUNNING = `
  UPDATE tasks SET replaced_by = ?, cancel_requested = max(cancel_requested, ?)
  WHERE state = 'running' AND program = ? AND policy_key IS ? RETURNING id`

/** Why a task that another one took the place of is cancelled. */
export function replacedReason(taskId: string): string {
  return `replaced by ${taskId}`
}

/** Lets a new task, not yet inserted, take the place of earlier ones of its program and key. */
export function prepareReplace({ database, changes, lanes }: HandlerContext) {
  const cancelWaiting = database.prepare(CANCEL_WAITING)
  const cancelWithoutKey = database.prepare(CANCEL_WAITING_WITHOUT_KEY)
  const markRunning = database.prepare(MARK_RUNNING)

  return ([id, , program, , key, , replaces]: PackedTask, now: number): void => {
    if (replaces === 'none') return
    const ended = [now, id, replacedReason(id), program] as const
    const waiting = key === null ? cancelWithoutKey.all(...ended) : cancelWaiting.all(...ended, key)
    for (const row of waiting) {
      changes.push({ kind: 'task', taskId: row['id'] as string, state: 'cancelled' })
    }
    if (key !== null) lanes.removeKey(program, key)
    const stops = replaces === 'all'
    for (const row of markRunning.all(id, stops ? 1 : 0, program, key)) {
      if (stops) changes.push({ kind: 'cancel', taskId: row['id'] as string })
    }
  }
}
