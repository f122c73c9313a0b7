import type { Lease, StoreInstance } from '../contracts/store.ts'

const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled']

/** The id of the task, and how many of its attempts have ended: those that were lost or handed back are made up for. */
export async function readIdempotencyKey(
  store: Pick<StoreInstance, 'attempts'>,
  { taskId, fence }: Lease,
): Promise<string> {
  // The first claim needs no look.
  const attempts = fence === 1 ? [] : await store.attempts(taskId)
  return `${taskId}-${attempts.filter(({ status }) => ENDED.includes(status)).length}`
}
