import type { PruneRequest } from '../../../core/index.ts'
import type { Database } from './database.ts'
import type { Allowance, Part } from './prune-allowance.ts'
import { type Beyond, walkBeyond } from './prune-walk.ts'

const NEXT = 'SELECT id, received_at, outcome FROM deliveries WHERE id > ? ORDER BY id LIMIT 1'
// Read from indexes alone: the rows are as large as their bodies.
const OLDER = `
  SELECT id FROM deliveries WHERE id < ? AND NOT EXISTS (
    SELECT 1 FROM deliveries AS refused INDEXED BY deliveries_refused
    WHERE refused.outcome = 'refused' AND refused.id = deliveries.id)
  ORDER BY id DESC LIMIT 1 OFFSET ?`
/** Comes after every id. */
const NEWEST = '~'
const TASKS = `
  SELECT count(*) AS tasks, coalesce(sum(state IN ('waiting', 'running')), 0) AS active
  FROM tasks WHERE delivery_id = ?`
const DELETE = 'DELETE FROM deliveries WHERE id = ?'

/** A way through all deliveries, from the oldest, that may take several calls. */
interface Pass {
  /** The last one that was looked at and stays. What went is not behind it: its commit may have failed. */
  after: string
  /** The number kept, and the way to the newest that goes by it. */
  readonly keep: number | null
  readonly beyond: (allowance: Allowance) => Beyond<string>
}

/** Deliveries with all that hangs on them. */
export function prepareDeliveryPruning(database: Database) {
  const older = database.prepare(OLDER)
  const walk = (keep: number | null) =>
    walkBeyond<string>(keep, (from, rows) => {
      const id = older.get(from ?? NEWEST, rows - 1)?.['id']
      return typeof id === 'string' ? id : null
    })
  let pass: Pass | null = null

  return (
    { deliveriesBefore, keepDeliveries }: PruneRequest,
    allowance: Allowance,
  ): Part & { readonly tasks: number } => {
    const before = deliveriesBefore ?? -Infinity
    if (pass?.keep !== keepDeliveries) {
      pass = { after: '', keep: keepDeliveries, beyond: walk(keepDeliveries) }
    }
    const beyond = pass.beyond(allowance)
    if (beyond === 'walking') return { deleted: 0, tasks: 0, isDone: false }
    let [deleted, tasks] = [0, 0]
    do {
      const row = database.prepare(NEXT).get(pass.after)
      const id = row?.['id'] as string
      const isOld = row !== undefined && (row['received_at'] as number) < before
      if (row === undefined || (!isOld && (beyond === null || id > beyond))) {
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
    } while (deleted < allowance.limit && !allowance.isOver())
    return { deleted, tasks, isDone: false }
  }
}
