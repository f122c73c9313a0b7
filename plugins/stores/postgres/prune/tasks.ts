import {
  isTaskDue,
  type PrunedPart,
  type PruneRequest,
  type TaskEnd,
  toTaskEnd,
} from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { leaveGroups } from '../counts/errors.ts'
import type { Session } from '../database/database.ts'

const FIRST = `
  SELECT id, ended_at FROM tasks WHERE ended_at IS NOT NULL ORDER BY ended_at, id LIMIT $1
  FOR UPDATE SKIP LOCKED`
const BEYOND = `
  SELECT id, ended_at FROM tasks WHERE ended_at IS NOT NULL
  ORDER BY ended_at DESC, id DESC LIMIT 1 OFFSET $1`
const DELETE = `
  WITH logs AS (DELETE FROM log_chunks WHERE task_id = ANY ($1::text[])),
    runs AS (DELETE FROM attempts WHERE task_id = ANY ($1::text[]))
  DELETE FROM tasks WHERE id = ANY ($1::text[])`

/** Deletes settled tasks with their attempts and logs. */
export function createTaskPruning() {
  // The number kept, and the last task beyond it: found once for all calls of a pass.
  let pass: { readonly keep: number | null; readonly beyond: TaskEnd | null } | null = null

  return async (
    { transaction, clock }: Batch,
    { tasksBefore, keepTasks, limit }: PruneRequest,
  ): Promise<PrunedPart> => {
    if (tasksBefore === null && keepTasks === null) return { deleted: 0, isDone: true }
    if (pass?.keep !== keepTasks) {
      pass = { keep: keepTasks, beyond: await findBeyond(transaction, keepTasks) }
    }
    const before = tasksBefore === null ? null : clock.toStore(tasksBefore)
    const bounds = { before, beyond: pass.beyond }
    const first = (await transaction.run(FIRST, [limit])).map(toTaskEnd)
    const due = first.filter((end) => isTaskDue(end, bounds))
    await deleteTasks(
      transaction,
      due.map(({ id }) => id),
    )
    const isDone = due.length < limit
    if (isDone) pass = null
    return { deleted: due.length, isDone }
  }
}

/** Deletes tasks with their attempts and logs. */
export async function deleteTasks(session: Session, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await leaveGroups(session, ids)
  await session.run(DELETE, [ids])
}

async function findBeyond(session: Session, keep: number | null): Promise<TaskEnd | null> {
  if (keep === null) return null
  const [row] = await session.run(BEYOND, [Math.max(Math.trunc(keep), 0)])
  return row === undefined ? null : toTaskEnd(row)
}
