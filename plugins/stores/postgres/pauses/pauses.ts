import {
  type AcceptEntry,
  beginPause,
  beginResume,
  type NewPause,
  type PauseRecord,
  type PauseTarget,
  toPauseRecord,
} from '../../../../core/sdk/store.ts'
import { acceptEntry } from '../accept/accept-entry.ts'
import type { Batch } from '../batch/writes.ts'
import { refreshLanes } from '../claim/lanes.ts'
import { findPause, listPauses, putPause } from './kept-pauses.ts'
import { releaseNext } from './parking.ts'

// People begin and end pauses in transactions that nothing else works beside. So no claim is in progress that has not
// seen the pause.

/** Pauses a target. Only for a transaction that is alone. */
export async function pause(
  batch: Batch,
  asked: NewPause,
  event: AcceptEntry | null,
): Promise<PauseRecord> {
  const before = await findPause(batch.transaction, asked)
  const { pause: begun, isNew } = beginPause(before, asked, batch.now)
  await putPause(batch.transaction, begun)
  if (isNew) await acceptEntry(batch, event)
  batch.changes.push({ kind: 'pause' })
  return toPauseRecord(begun)
}

/** Begins to end a pause. Only for a transaction that is alone. Null: there is none. */
export async function resume(
  batch: Batch,
  target: PauseTarget,
  event: AcceptEntry | null,
): Promise<PauseRecord | null> {
  const { transaction, changes, touched } = batch
  const before = await findPause(transaction, target)
  if (before === null) return null
  const { pause: resumed, isNew } = beginResume(before)
  await putPause(transaction, resumed)
  const isEnded = await releaseNext(batch, resumed)
  await refreshLanes(transaction, touched)
  if (isNew) await acceptEntry(batch, event)
  changes.push({ kind: 'pause' }, { kind: 'work' })
  return toPauseRecord(resumed, isEnded)
}

/** Goes on to release the tasks of a pause that is being resumed, if there is one. */
export async function release(batch: Batch): Promise<void> {
  const { transaction, changes, touched } = batch
  const resumed = (await listPauses(transaction)).find(({ isResuming }) => isResuming)
  if (resumed === undefined) return
  if (await releaseNext(batch, resumed)) changes.push({ kind: 'pause' })
  await refreshLanes(transaction, touched)
  changes.push({ kind: 'work' })
}
