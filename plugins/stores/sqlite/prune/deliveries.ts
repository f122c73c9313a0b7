import { deliveryFate } from '../../../../core/sdk/store/pruning.ts'
import type { PrunedDeliveries, PruneRequest } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import { type PruneAllowance, type RowBeyond, walkBeyond } from './walk.ts'

const NEXT = 'SELECT id, received_at, outcome FROM deliveries WHERE id > ? ORDER BY id LIMIT 1'
// Read from indexes alone: the rows are as large as their bodies.
const OLDER = `
  SELECT id FROM deliveries WHERE id < ? AND NOT EXISTS (
    SELECT 1 FROM deliveries AS refused INDEXED BY deliveries_refused
    WHERE refused.outcome = 'refused' AND refused.id = deliveries.id)
  ORDER BY id DESC LIMIT 1 OFFSET ?`
/** Later than every id. */
const NEWEST = '~'
const TASKS = `
  SELECT count(*) AS tasks, coalesce(sum(state IN ('waiting', 'running')), 0) AS active
  FROM tasks WHERE delivery_id = ?`
const DELETE = 'DELETE FROM deliveries WHERE id = ?'

/** A pass through all deliveries, from the oldest, that may take several calls. */
interface Pass {
  /** The last delivery that was looked at and stays. One that was deleted does not count: its commit may have failed. */
  after: string
  /** The number kept, and the walk to the newest delivery beyond it. */
  readonly keep: number | null
  readonly beyond: (allowance: PruneAllowance) => RowBeyond<string>
}

/** Deletes deliveries with their events, tasks, attempts and logs. */
export function prepareDeliveryPruning({
  database,
  senderIds,
}: Pick<HandlerContext, 'database' | 'senderIds'>) {
  const older = database.prepare(OLDER)
  const walk = (keep: number | null) =>
    walkBeyond<string>(keep, (from, rows) => {
      const id = older.get(from ?? NEWEST, rows - 1)?.['id']
      return typeof id === 'string' ? id : null
    })
  let pass: Pass | null = null

  return (
    { deliveriesBefore: before, keepDeliveries }: PruneRequest,
    allowance: PruneAllowance,
  ): PrunedDeliveries => {
    if (pass?.keep !== keepDeliveries) {
      pass = { after: '', keep: keepDeliveries, beyond: walk(keepDeliveries) }
    }
    const beyond = pass.beyond(allowance)
    if (beyond === 'walking') return { deleted: 0, tasks: 0, isDone: false }
    let [deleted, tasks] = [0, 0]
    do {
      const row = database.prepare(NEXT).get(pass.after)
      const fate = row === undefined ? 'end' : deliveryFate(row, { before, beyond })
      if (row === undefined || fate === 'end') {
        pass = null
        return { deleted, tasks, isDone: true }
      }
      const id = row['id'] as string
      const own = database.prepare(TASKS).get(id)
      if (fate === 'stays' || own?.['active'] !== 0) {
        pass.after = id
        continue
      }
      senderIds.forget(id)
      database.prepare(DELETE).run(id)
      deleted += 1
      tasks += own['tasks'] as number
    } while (deleted < allowance.limit && !allowance.isOver())
    return { deleted, tasks, isDone: false }
  }
}
