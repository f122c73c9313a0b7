import { dueAfterSetBack } from '../../../../core/sdk/store/due-times.ts'
import { NEVER } from '../../../../core/sdk/store/never.ts'
import type { HeldTask } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { prepareStep } from '../settle/held-tasks.ts'

// The indexes alone answer, since all that waits is looked at.
const WAITS_LONGER = `
  SELECT id FROM tasks INDEXED BY tasks_waiting
  WHERE state = 'waiting' AND policy_key IS NULL AND due_at > ? AND due_at < ${NEVER}
  UNION ALL
  SELECT id FROM tasks INDEXED BY tasks_waiting_of_key
  WHERE state = 'waiting' AND policy_key IS NOT NULL AND due_at > ? AND due_at < ${NEVER}`
const HELD = `
  SELECT *, 0 AS has_concurrency, (
    SELECT ended_at FROM attempts WHERE task_id = tasks.id AND number = tasks.fence
  ) AS last_ended_at FROM tasks WHERE id = ?`

/** Corrects the due times of waiting tasks after the clock was set back. */
export function createDueTimesHandler(context: HandlerContext): Handlers<'correctDueTimes'> {
  const { database, changes } = context
  const carryOut = prepareStep(context)

  return {
    correctDueTimes([now]) {
      let corrected = 0
      const held = database.prepare(HELD)
      for (const { id } of database.prepare(WAITS_LONGER).all(now, now)) {
        const task = held.get(id as string) as HeldTask
        const dueAt = dueAfterSetBack(task, now)
        if (dueAt === task.due_at) continue
        carryOut(task, { columns: { due_at: dueAt }, attempt: null, changes: [] }, now)
        corrected++
      }
      if (corrected > 0) changes.push({ kind: 'work' })
      return corrected
    },
  }
}
