import type { AcceptEntry, BulkChanged, BulkChanges } from '../../../../core/sdk/store.ts'
import { writeDocuments } from '../documents/documents.ts'
import { carryOut } from './batch.ts'
import type { Batch, WriteCall } from './writes.ts'

/** Changes tasks and accepts deliveries, if the documents can be written. */
export async function bulk(
  batch: Batch,
  { writes, tasks }: BulkChanges,
  entries: readonly AcceptEntry[],
): Promise<BulkChanged> {
  const written = await writeDocuments(batch, writes, null)
  if (!written.ok) return { ...written, tasks: 0 }
  const ids = new Set(tasks?.ids)
  const calls: readonly WriteCall[] = [
    ...[...ids].map((taskId) => ({ kind: 'change', taskId, change: tasks }) as WriteCall),
    ...entries.map((entry) => ({ kind: 'accept', entry }) as const),
  ]
  const answers = await carryOut(batch, calls, () => {})
  return { ...written, tasks: answers.slice(0, ids.size).filter((changed) => changed).length }
}
