import type { PruneRequest } from '../../../core/index.ts'
import type { Database } from './database.ts'
import type { Allowance, Part } from './prune-allowance.ts'

const NEXT = 'SELECT id, received_at, outcome FROM deliveries WHERE id > ? ORDER BY id LIMIT 1'
// Both sides are read from indexes alone: the rows are as large as their bodies.
const BEYOND = `
  SELECT id FROM deliveries WHERE id NOT IN (SELECT id FROM deliveries WHERE outcome = 'refused')
  ORDER BY id DESC LIMIT 1 OFFSET ?`
const TASKS = `
  SELECT count(*) AS tasks, coalesce(sum(state IN ('waiting', 'running')), 0) AS active
  FROM tasks WHERE delivery_id = ?`
const DELETE = 'DELETE FROM deliveries WHERE id = ?'

/** A way through all deliveries, from the oldest, that may take several calls. */
interface Pass {
  /** The last one that was looked at and stays. What went is not behind it: its commit may have failed. */
  after: string
  /** The number kept, and the newest that goes by it. */
  readonly keep: number | null
  readonly beyond: string
}

/** Deliveries with all that hangs on them. */
export function prepareDeliveryPruning(database: Database) {
  let pass: Pass | null = null

  return (
    { deliveriesBefore, keepDeliveries }: PruneRequest,
    { limit, isOver }: Allowance,
  ): Part & { readonly tasks: number } => {
    const before = deliveriesBefore ?? -Infinity
    if (pass?.keep !== keepDeliveries) {
      pass = { after: '', keep: keepDeliveries, beyond: findBeyond(database, keepDeliveries) }
    }
    let [deleted, tasks] = [0, 0]
    do {
      const row = database.prepare(NEXT).get(pass.after)
      const id = row?.['id'] as string
      const isOld = row !== undefined && (row['received_at'] as number) < before
      if (row === undefined || (!isOld && id > pass.beyond)) {
        pass = null
        return { deleted, tasks, isDone: true }
      }
      const hanging = database.prepare(TASKS).get(id)
      const staysRefused = !isOld && row['outcome'] === 'refused'
      if (staysRefused || hanging?.['active'] !== 0) {
        pass.after = id
        continue
      }
      database.prepare(DELETE).run(id)
      deleted += 1
      tasks += hanging['tasks'] as number
    } while (deleted < limit && !isOver())
    return { deleted, tasks, isDone: false }
  }
}

function findBeyond(database: Database, keep: number | null): string {
  if (keep === null) return ''
  const row = database.prepare(BEYOND).get(Math.max(Math.trunc(keep), 0))
  return (row?.['id'] as string | undefined) ?? ''
}
