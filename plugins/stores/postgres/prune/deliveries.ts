import {
  deliveryFate,
  type PrunedDeliveries,
  type PruneRequest,
} from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import type { Session } from '../database/database.ts'
import { deleteTasks } from './tasks.ts'

const NEXT = 'SELECT id, received_at, outcome FROM deliveries WHERE id > $1 ORDER BY id LIMIT $2'
// Both sides are read from indexes alone: the rows are as large as their bodies.
const BEYOND = `
  SELECT id FROM deliveries WHERE id NOT IN (SELECT id FROM deliveries WHERE outcome = 'refused')
  ORDER BY id DESC LIMIT 1 OFFSET $1`
// Locked, so that nobody retries one of them while its event is deleted.
const TASKS = `
  SELECT id, delivery_id, state FROM tasks WHERE delivery_id = ANY ($1::text[]) ORDER BY id FOR UPDATE`
const DELETE = `
  WITH gone AS (DELETE FROM events WHERE delivery_id = ANY ($1::text[]))
  DELETE FROM deliveries WHERE id = ANY ($1::text[])`

/** A pass through all deliveries, from the oldest, that may take several calls. */
interface Pass {
  /** The last delivery that was looked at. */
  after: string
  /** The number kept, and the newest delivery beyond it. */
  readonly keep: number | null
  readonly beyond: string | null
}

/** Deletes deliveries with their events, tasks, attempts and logs. */
export function createDeliveryPruning() {
  let pass: Pass | null = null

  return async (
    { transaction, clock }: Batch,
    { deliveriesBefore, keepDeliveries, limit }: PruneRequest,
  ): Promise<PrunedDeliveries> => {
    // Not by the clock of this node: if it is far ahead, what other nodes accept would be old at once.
    const before = deliveriesBefore === null ? null : clock.toStore(deliveriesBefore)
    if (pass?.keep !== keepDeliveries) {
      const beyond = await findBeyond(transaction, keepDeliveries)
      pass = { after: '', keep: keepDeliveries, beyond }
    }
    const rows = await transaction.run(NEXT, [pass.after, limit])
    const due: string[] = []
    let isDone = rows.length < limit
    let after = pass.after
    for (const row of rows) {
      const fate = deliveryFate(row, { before, beyond: pass.beyond })
      if (fate === 'end') {
        isDone = true
        break
      }
      after = row['id'] as string
      if (fate === 'due') due.push(after)
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
  const gone = tasks.filter((row) => !active.has(row['delivery_id']))
  await deleteTasks(
    session,
    gone.map(({ id }) => id as string),
  )
  if (ids.length > 0) await session.run(DELETE, [ids])
  return { deleted: ids.length, tasks: gone.length }
}

async function findBeyond(session: Session, keep: number | null): Promise<string | null> {
  if (keep === null) return null
  const [row] = await session.run(BEYOND, [Math.max(Math.trunc(keep), 0)])
  return (row?.['id'] as string | undefined) ?? null
}
