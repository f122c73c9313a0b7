import type { StoreInstance } from '../contracts/store.ts'
import { isHooklineError } from '../errors/errors.ts'
import type { Receiver } from '../receive/receiver.ts'
import type { Replay } from '../receive/replay.ts'
import type { Job } from './job.ts'

/** Bodies that one transaction holds; one body may be larger. */
const MAX_BYTES = 4 * 1024 * 1024
/** A step that takes longer ends with the delivery in progress. */
const MAX_MS = 2000
const MAX_FAILURES = 10
const MAX_REASON_LENGTH = 300

export interface ReplayTools {
  readonly store: Pick<StoreInstance, 'delivery'>
  readonly receiver: Pick<Receiver, 'planReplay'>
}

/** Plans replays of deliveries, as many as one transaction should hold. `job` is what it becomes once they are committed. */
export async function planReplays(
  before: Job,
  ids: readonly string[],
  { store, receiver }: ReplayTools,
): Promise<{ readonly job: Job; readonly replays: readonly Replay[] }> {
  const began = performance.now()
  const replays: Replay[] = []
  let job = before
  let bytes = 0
  for (const id of ids) {
    job = { ...job, left: job.left - 1 }
    try {
      const original = await store.delivery(id)
      if (original !== null) replays.push(await receiver.planReplay(original))
      bytes += original?.body.byteLength ?? 0
      job = original === null ? skip(job) : { ...job, done: job.done + 1 }
    } catch (error) {
      if (isOfStore(error)) throw error
      const isSkipped = isHooklineError(error) && error.code === 'delivery_not_replayable'
      job = isSkipped ? skip(job) : failItem(job, id, error)
    }
    if (bytes > MAX_BYTES || performance.now() - began > MAX_MS) break
  }
  return { job, replays }
}

/** The job after an item that failed. */
export function failItem(job: Job, id: string, error: unknown): Job {
  const reason = isHooklineError(error) ? `${error.code}: ${error.message}` : 'internal'
  const failure = { id, reason: reason.slice(0, MAX_REASON_LENGTH) }
  return {
    ...job,
    failed: job.failed + 1,
    failures: [...job.failures, failure].slice(0, MAX_FAILURES),
  }
}

/** Whether the store is at fault, and not an item. */
export function isOfStore(error: unknown): boolean {
  return isHooklineError(error) && ['store_unavailable', 'store_damaged'].includes(error.code)
}

function skip(job: Job): Job {
  return { ...job, skipped: job.skipped + 1 }
}
