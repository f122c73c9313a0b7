import type { Lease, Settlement, TaskRecord } from '../../../core/index.ts'
import type { Row } from './database.ts'
import { type HeldTasks, LOST, STOPPED } from './held-tasks.ts'
import { toTask } from './rows.ts'
import { storableOrNull } from './text.ts'
import { type Batch, replacedReason } from './writes.ts'

/** The end of an attempt; false where the lease was lost. `isDue` is whether its follow-up is to be committed. */
export function settle(
  { now, clock }: Batch,
  held: HeldTasks,
  { lease, settlement }: { readonly lease: Lease; readonly settlement: Settlement },
): { readonly settled: boolean; readonly isDue: boolean } {
  const row = held.get(lease.taskId)
  if (row?.['state'] !== 'running' || row['fence'] !== lease.fence) {
    return { settled: false, isDue: false }
  }
  const replacedBy = row['replaced_by'] as string | null
  // A task that was to be cancelled, or that a newer one stands for, must not wait again.
  const isUnwanted = row['cancel_requested'] === true || replacedBy !== null
  const state = settlement.state === 'waiting' && isUnwanted ? 'cancelled' : settlement.state
  const waits = state === 'waiting'
  const isReplaced = state === 'cancelled' && replacedBy !== null
  const dueAt = settlement.dueAt === undefined ? now : clock.toStore(settlement.dueAt)
  held.change(lease.taskId, {
    ...STOPPED,
    state,
    due_at: waits ? dueAt : row['due_at'],
    ended_at: waits ? null : now,
    attempts: (row['attempts'] as number) - (settlement.attempt === 'returned' ? 1 : 0),
    exit_code: settlement.exitCode,
    reason: isReplaced ? replacedReason(replacedBy) : storableOrNull(settlement.reason),
    result: storableOrNull(settlement.result),
  })
  held.endAttempt(lease, settlement, settlement.attempt)
  held.tell({ kind: 'task', taskId: lease.taskId, state })
  // The end of one task may be what others of its key wait for.
  if (waits || row['has_concurrency'] === true) held.tell({ kind: 'work' })
  return { settled: true, isDue: state === settlement.state }
}

/** What a person may do: a waiting task is cancelled at once, a running one asked to end. */
export function cancel({ now }: Batch, held: HeldTasks, taskId: string): TaskRecord | null {
  const row = held.get(taskId)
  if (row === undefined) return null
  const state = row['state']
  if (state !== 'waiting' && state !== 'running') return toTask(row)
  const isLost = state === 'running' && isOver(row, now)
  if (state === 'running' && !isLost) {
    held.tell({ kind: 'cancel', taskId })
    return held.change(taskId, { cancel_requested: true })
  }
  if (isLost) held.endAttempt({ taskId, fence: row['fence'] as number }, LOST, 'lost')
  const reason = isLost ? 'Cancelled; its node was lost.' : 'Cancelled while waiting.'
  held.tell({ kind: 'task', taskId, state: 'cancelled' })
  const ended = { state: 'cancelled', cancel_requested: true, ended_at: now, reason }
  return held.change(taskId, { ...STOPPED, ...ended })
}

/** A settled task waits again. */
export function retry({ now }: Batch, held: HeldTasks, taskId: string): TaskRecord | null {
  const row = held.get(taskId)
  if (row === undefined) return null
  if (row['state'] === 'waiting' || row['state'] === 'running') return toTask(row)
  held.tell({ kind: 'task', taskId, state: 'waiting' })
  held.tell({ kind: 'work' })
  return held.change(taskId, {
    ...{ state: 'waiting', due_at: now, attempts: 0, cancel_requested: false, replaced_by: null },
    ...{ ended_at: null, exit_code: null, reason: null, result: null },
  })
}

function isOver(row: Row, now: number): boolean {
  const until = row['lease_until']
  return typeof until === 'number' && until <= now
}
