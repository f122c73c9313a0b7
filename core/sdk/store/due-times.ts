import type { StoreRow } from './rows.ts'

/**
 * When a waiting task is due after the clock was set back. Its wait began when it was accepted or when its last attempt
 * ended: if that lies in the future now, the wait begins again, and is as long as it was. Never later than before.
 *
 * @param task With the columns of its table, and `last_ended_at` of its last attempt.
 */
export function dueAfterSetBack(task: StoreRow, now: number): number {
  const { fence, attempts, due_at, created_at, last_ended_at } = task
  const dueAt = due_at as number
  if (dueAt <= now) return dueAt
  // It was handed back, lost, or retried by a person: it was due at once.
  if (attempts === 0 && fence !== 0) return now
  const begun = (fence === 0 ? created_at : (last_ended_at ?? 0)) as number
  return begun > now ? Math.max(now, dueAt - (begun - now)) : dueAt
}
