import type { PruneRequest } from '../../../core/index.ts'
import type { Session } from './database.ts'
import type { Part } from './prune-part.ts'
import { deleteTasks } from './prune-tasks.ts'
import type { Batch } from './writes.ts'

const NEXT = 'SELECT id, received_at, outcome FROM deliveries WHERE id > $1 ORDER BY id LIMIT $2'
// Both sides are read from indexes alone: the rows are as large as their bodies.
const BEYOND = `
  SELECT id FROM deliveries WHERE id NOT IN (SELECT id FROM deliveries WHERE outcome = 'refused')
  ORDER BY id DESC LIMIT 1 OFFSET $1`
// Locked, so that nobody lets one of them wait again while its event goes.
const TASKS = `
  SELECT id, delivery_id, state FROM tasks WHERE delivery_id = ANY ($1::text[]) ORDER BY id FOR UPDATE`
const DELETE = `
  WITH gone AS (DELETE FROM events WHERE delivery_id = ANY ($1::text[]))
  DELETE FROM deliveries WHERE id = ANY ($1::text[])`

/** A way through all deliveries, from the oldest, that may take several calls. */
interface Pass {
  /** The last one looked at. */
  after: string
  /** The number kept, and the newest that goes by it. */
  readonly keep: number | null
  readonly beyond: string
}

/** Deliveries with all that hangs on them. */
export function createDeliveryPruning() {
  let pass: Pass | null = null

  return async (
    { transaction, clock }: Batch,
    { deliveriesBefore, keepDeliveries, limit }: PruneRequest,
  ): Promise<Part & { readonly tasks: number }> => {
    // Not by the clock of this node, which may be far ahead: what others took in would be old at once.
    const before = deliveriesBefore === null ? -Infinity : clock.toStore(deliveriesBefore)
    if (pass?.keep !== keepDeliveries) {
      const beyond = await findBeyond(transaction, keepDeliveries)
      pass = { after: '', keep: keepDeliveries, beyond }
    }
    const rows = await transaction.run(NEXT, [pass.after, limit])
    const due: string[] = []
    let isDone = rows.length < limit
    let after = pass.after
    for (const row of rows) {
      const id = row['id'] as string
      const isOld = (row['received_at'] as number) < before
      if (!isOld && id > pass.beyond) {
        isDone = true
        break
      }
      after = id
      if (isOld || row['outcome'] !== 'refused') due.push(id)
    }
    const deleted = await deleteSettled(transaction, due)
    pass = isDone ? null : { ...pass, after }
    return { ...deleted, isDone }
  }
}

async function deleteSettled(
  session: Session,
  due: readonly string[],
): Promise<{ readonly deleted: number; readonly tasks: number }> {
  if (due.length === 0) return { deleted: 0, tasks: 0 }
  const tasks = await session.run(TASKS, [due])
  const active = new Set(
    tasks
      .filter(({ state }) => state === 'waiting' || state === 'running')
      .map((row) => row['delivery_id']),
  )
  const ids = due.filter((id) => !active.has(id))
  const hanging = tasks.filter((row) => !active.has(row['delivery_id']))
  await deleteTasks(
    session,
    hanging.map(({ id }) => id as string),
  )
  if (ids.length > 0) await session.run(DELETE, [ids])
  return { deleted: ids.length, tasks: hanging.length }
}

async function findBeyond(session: Session, keep: number | null): Promise<string> {
  if (keep === null) return ''
  const [row] = await session.run(BEYOND, [Math.max(Math.trunc(keep), 0)])
  return (row?.['id'] as string | undefined) ?? ''
}
