import { replacedReason } from '../../../../core/sdk/store/task-steps.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { PackedTask } from '../batch/messages.ts'
import { NOTE_END } from '../settle/held-tasks.ts'

const CANCEL = `
  UPDATE tasks SET state = 'cancelled', ended_at = ?, replaced_by = ?, reason = ?,
    due_at = coalesce(parked_due_at, due_at), parked_by = NULL, parked_due_at = NULL
  WHERE state = 'waiting' AND program = ?`
// Two statements, since an index of keys serves `=` and the one of tasks without a key serves `IS NULL`.
const CANCEL_WAITING = `${CANCEL} AND policy_key = ? RETURNING id`
const CANCEL_WAITING_WITHOUT_KEY = `${CANCEL} AND policy_key IS NULL RETURNING id`
const MARK_RUNNING = `
  UPDATE tasks SET replaced_by = ?, cancel_requested = max(cancel_requested, ?)
  WHERE state = 'running' AND program = ? AND policy_key IS ? RETURNING id`

/** Replaces earlier tasks of a program and key by a new task, which is not inserted yet. */
export function prepareReplace({ database, changes, lanes }: HandlerContext) {
  const cancelWaiting = database.prepare(CANCEL_WAITING)
  const cancelWithoutKey = database.prepare(CANCEL_WAITING_WITHOUT_KEY)
  const noteEnd = database.prepare(NOTE_END)
  const markRunning = database.prepare(MARK_RUNNING)

  return ([id, , program, , key, , replaces]: PackedTask, now: number): void => {
    if (replaces === 'none') return
    const ended = [now, id, replacedReason(id), program] as const
    const waiting = key === null ? cancelWithoutKey.all(...ended) : cancelWaiting.all(...ended, key)
    for (const row of waiting) {
      const taskId = row['id'] as string
      noteEnd.run(taskId)
      changes.push({ kind: 'task', taskId, state: 'cancelled' })
    }
    if (key !== null) lanes.removeKey(program, key)
    const stops = replaces === 'all'
    for (const row of markRunning.all(id, stops ? 1 : 0, program, key)) {
      if (stops) changes.push({ kind: 'cancel', taskId: row['id'] as string })
    }
  }
}
