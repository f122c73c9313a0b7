import type { PruneRequest } from '../../../core/index.ts'
import type { Row, Session } from './database.ts'
import type { Part } from './prune-part.ts'
import type { Batch } from './writes.ts'

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

/** Where a settled task stands among them. */
interface End {
  readonly id: string
  readonly endedAt: number
}

/** Settled tasks by themselves, with their attempts and logs. */
export function createTaskPruning() {
  // The number kept, and the last that goes by it; found once for all calls that it takes.
  let pass: { readonly keep: number | null; readonly beyond: End | null } | null = null

  return async (
    { transaction, clock }: Batch,
    { tasksBefore, keepTasks, limit }: PruneRequest,
  ): Promise<Part> => {
    if (tasksBefore === null && keepTasks === null) return { deleted: 0, isDone: true }
    if (pass?.keep !== keepTasks) {
      pass = { keep: keepTasks, beyond: await findBeyond(transaction, keepTasks) }
    }
    const before = tasksBefore === null ? -Infinity : clock.toStore(tasksBefore)
    const { beyond } = pass
    const rows = (await transaction.run(FIRST, [limit])).map(toEnd)
    const due = rows.filter((end) => end.endedAt < before || isUpTo(end, beyond))
    await deleteTasks(
      transaction,
      due.map(({ id }) => id),
    )
    const isDone = due.length < limit
    if (isDone) pass = null
    return { deleted: due.length, isDone }
  }
}

/** Tasks with all that hangs on them. */
export async function deleteTasks(session: Session, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await session.run(DELETE, [ids])
}

async function findBeyond(session: Session, keep: number | null): Promise<End | null> {
  if (keep === null) return null
  const [row] = await session.run(BEYOND, [Math.max(Math.trunc(keep), 0)])
  return row === undefined ? null : toEnd(row)
}

function isUpTo({ id, endedAt }: End, last: End | null): boolean {
  return last !== null && (endedAt < last.endedAt || (endedAt === last.endedAt && id <= last.id))
}

function toEnd(row: Row): End {
  return { id: row['id'] as string, endedAt: row['ended_at'] as number }
}
