import type { Approval } from '../../contracts/task.ts'
import { NEVER } from './never.ts'

/** A task that waits for an approval is parked by this. No pause has such a key. */
export const APPROVAL = 'approval'

/** The columns of a task that waits for an approval from now on. */
export function pendingColumns(timeoutMs: number, dueAt: number, now: number) {
  const until = Math.trunc(now + timeoutMs)
  const approval: Approval = { state: 'pending', timeoutMs, until, by: null, at: null }
  return {
    due_at: NEVER,
    parked_by: APPROVAL,
    parked_due_at: dueAt,
    approval: JSON.stringify(approval),
  }
}

/** The columns of a task that is retried: it waits for an approval again, unless it has one. */
export function againColumns(text: string | null | undefined, now: number) {
  const approval = toApproval(text ?? null)
  if (approval === null || approval.state === 'approved') return { due_at: now }
  return pendingColumns(approval.timeoutMs, now, now)
}

/** Reads the column `approval`. */
export function toApproval(text: string | null): Approval | null {
  return text === null ? null : (JSON.parse(text) as Approval)
}

/** The approval of a task in some state. */
export function shownApproval(text: string | null, taskState: unknown): Approval | null {
  const approval = toApproval(text)
  const isDropped = approval?.state === 'pending' && taskState !== 'waiting'
  return isDropped ? { ...approval, state: 'dropped' } : approval
}
