import {
  holdingPause,
  type KeptPause,
  NEVER,
  PARKED_PER_CLAIM,
  parkedBy,
  toPausable,
} from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { lockPrograms } from '../claim/lanes.ts'
import type { Session } from '../database/database.ts'
import { findPause, listPauses, putPause, removePause } from './kept-pauses.ts'

const PARK = `
  UPDATE tasks SET parked_by = r.parked_by, parked_due_at = tasks.due_at, due_at = ${NEVER}
  FROM json_to_recordset($1::json) AS r (id text, parked_by text)
  WHERE tasks.id = r.id AND tasks.id IN (
    SELECT id FROM tasks WHERE id = ANY ($2::text[]) AND state = 'waiting' AND parked_by IS NULL
    FOR UPDATE SKIP LOCKED
  )`
const NEXT = `
  SELECT id, program FROM tasks WHERE parked_by = $1
  ORDER BY priority DESC, parked_due_at, id LIMIT ${PARKED_PER_CLAIM}`
// Locked in the order that other transactions keep to.
const HOLD = `
  SELECT id, source, rule, program, lane, priority, parked_due_at FROM tasks
  WHERE id = ANY ($1::text[]) AND parked_by = $2 ORDER BY id FOR UPDATE`
// What is parked was due. If the clock was set back since, it still is.
const RELEASE = `
  UPDATE tasks SET parked_by = r.parked_by,
    due_at = CASE WHEN r.parked_by IS NULL THEN least(tasks.parked_due_at, $2) ELSE tasks.due_at END,
    parked_due_at = CASE WHEN r.parked_by IS NULL THEN NULL ELSE tasks.parked_due_at END
  FROM json_to_recordset($1::json) AS r (id text, parked_by text) WHERE tasks.id = r.id`

/** A waiting task, and the pause that holds it back. */
interface HeldBack {
  readonly id: string
  readonly pause: KeptPause
}

/** Takes tasks out of the queue, except those that another transaction changes. Their lanes are left to be refreshed. */
export async function park(session: Session, tasks: readonly HeldBack[]): Promise<void> {
  const rows = tasks.map(({ id, pause }) => ({ id, parked_by: parkedBy(pause) }))
  await session.run(PARK, [JSON.stringify(rows), tasks.map(({ id }) => id)])
}

/**
 * Releases the next parked tasks of a pause that is being resumed, in the order of claims. With the last of them, the
 * pause ends. Lanes are left to be refreshed. Returns whether the pause has ended.
 */
export async function releaseNext(batch: Batch, asked: KeptPause): Promise<boolean> {
  const { transaction, touched, now } = batch
  const next = await transaction.run(NEXT, [parkedBy(asked)])
  await lockPrograms(
    transaction,
    next.map(({ program }) => program as string),
  )
  const pause = await findPause(transaction, asked, ' FOR UPDATE')
  // Another node was faster, or somebody has paused it again.
  if (!pause?.isResuming) return false
  const found = await transaction.run(NEXT, [parkedBy(pause)])
  const locked = new Set(next.map(({ program }) => program))
  const end = found.findIndex(({ program }) => !locked.has(program))
  const isLast = end < 0 && found.length < PARKED_PER_CLAIM
  const ids = (end < 0 ? found : found.slice(0, end)).map(({ id }) => id)
  const rows = await transaction.run(HOLD, [ids, parkedBy(pause)])
  const others = (await listPauses(transaction)).filter(
    (other) => parkedBy(other) !== parkedBy(pause),
  )
  const released = rows.map((row) => {
    const other = holdingPause(toPausable(row, 'parked_due_at'), others)
    if (other === null) touched.add(row['program'] as string, row['lane'] as string | null)
    return { id: row['id'], parked_by: other === null ? null : parkedBy(other) }
  })
  if (released.length > 0) await transaction.run(RELEASE, [JSON.stringify(released), now])
  const last = ids.map((id) => rows.find((row) => row['id'] === id)).findLast((row) => row)
  if (isLast) await removePause(transaction, pause)
  else if (last !== undefined) {
    await putPause(transaction, { ...pause, released: toPausable(last, 'parked_due_at') })
  }
  return isLast
}
