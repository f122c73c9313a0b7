import type { AcceptEntry } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { lockPrograms, refreshLanes } from '../claim/lanes.ts'
import { emptyPlan, planEntries } from './accept.ts'
import { insertPlanned } from './insert.ts'

/** Accepts an event of Hookline itself in a transaction that does more. Only for one that is alone. */
export async function acceptEntry(batch: Batch, entry: AcceptEntry | null): Promise<void> {
  if (entry === null) return
  const tasks = entry.events.flatMap((event) => event.tasks)
  await lockPrograms(
    batch.transaction,
    tasks.map(({ program }) => program),
  )
  const plan = emptyPlan(batch)
  await planEntries(batch, plan, [{ entry, call: null }])
  await insertPlanned(batch, plan)
  await refreshLanes(batch.transaction, batch.touched)
  if (plan.tasks.size > 0) batch.changes.push({ kind: 'work' })
}
