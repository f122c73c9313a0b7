import { NEVER } from '../../../../core/sdk/store/never.ts'
import {
  holdingPause,
  type KeptPause,
  parkedBy,
  toPausable,
} from '../../../../core/sdk/store/pauses.ts'
import { type Lanes, laneOf, type PriorityLane } from '../claim/lanes.ts'
import type { SqliteDatabase } from '../database/database.ts'
import type { KeptPauses } from './kept-pauses.ts'

const TASK = 'SELECT id, source, rule, priority, due_at FROM tasks WHERE id = ?'
const PARK = `UPDATE tasks SET parked_by = ?, parked_due_at = due_at, due_at = ${NEVER} WHERE id = ?`
const PARKED = `
  SELECT id, source, rule, program, policy_key, priority, parked_due_at FROM tasks WHERE parked_by = ?
  ORDER BY priority DESC, parked_due_at, id LIMIT ?`
const PARK_BY_OTHER = 'UPDATE tasks SET parked_by = ? WHERE id = ?'
// What is parked was due. If the clock was set back since, it still is.
const RELEASE = `
  UPDATE tasks SET parked_by = NULL, due_at = min(parked_due_at, ?), parked_due_at = NULL WHERE id = ?`

/** Takes tasks that a pause holds back out of the queue, and puts them back. Whoever parks one refreshes its lane. */
export function prepareParking(database: SqliteDatabase) {
  const task = database.prepare(TASK)
  const park = database.prepare(PARK)

  return {
    /** Whether one of the pauses holds a waiting task back. If so, and if it may, it parks the task. */
    parkIfHeld(id: string, pauses: readonly KeptPause[], mayPark: boolean): boolean {
      const row = task.get(id)
      const pause = row === undefined ? null : holdingPause(toPausable(row, 'due_at'), pauses)
      if (pause === null) return false
      if (mayPark) park.run(parkedBy(pause), id)
      return true
    },
  }
}

interface Releasing {
  readonly database: SqliteDatabase
  readonly lanes: Lanes
  readonly pauses: KeptPauses
}

/**
 * Releases the next parked tasks of a pause that is resumed, in the order of claims. With the last of them, the pause
 * ends. Returns whether it has ended.
 */
export function releaseNext(
  { database, lanes, pauses }: Releasing,
  pause: KeptPause,
  { limit, now }: { readonly limit: number; readonly now: number },
): boolean {
  const others = pauses.list().filter((other) => parkedBy(other) !== parkedBy(pause))
  const rows = database.prepare(PARKED).all(parkedBy(pause), limit)
  const touched = new Map<string, PriorityLane>()
  for (const row of rows) {
    const id = row['id'] as string
    const other = holdingPause(toPausable(row, 'parked_due_at'), others)
    if (other === null) {
      database.prepare(RELEASE).run(now, id)
      const lane = laneOf(row)
      touched.set(JSON.stringify(lane), lane)
    } else database.prepare(PARK_BY_OTHER).run(parkedBy(other), id)
  }
  for (const lane of touched.values()) lanes.refresh(lane)
  const last = rows.at(-1)
  if (rows.length < limit || last === undefined) {
    pauses.remove(pause)
    return true
  }
  pauses.put({ ...pause, released: toPausable(last, 'parked_due_at') })
  return false
}
