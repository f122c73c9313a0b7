import {
  APPROVAL,
  type HandedOverPage,
  type HeldTask,
  type Lease,
  type PendingApproval,
  type Settlement,
  type SettleStep,
  settleTask,
  type TaskRecord,
  type TaskStep,
  toPendingApproval,
} from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { storable } from '../database/text.ts'
import { rows } from '../read/rows.ts'
import type { HeldTasks } from './held-tasks.ts'

const PENDING_APPROVALS = `
  SELECT id, approval FROM tasks WHERE parked_by = '${APPROVAL}' AND id > $1 ORDER BY id LIMIT $2`

/** The tasks that wait for an approval. */
export async function pendingApprovals(
  { transaction, now }: Batch,
  { after = '', limit }: HandedOverPage,
): Promise<readonly PendingApproval[]> {
  const found = await transaction.run(PENDING_APPROVALS, [storable(after), limit])
  return found.map((row) => toPendingApproval(row, now))
}

/** Ends an attempt. Null if the lease was lost. */
export function settle(
  { now, clock }: Batch,
  held: HeldTasks,
  { lease, settlement }: { readonly lease: Lease; readonly settlement: Settlement },
): SettleStep | null {
  const task = held.get(lease.taskId)
  if (task === undefined) return null
  const dueAt = settlement.dueAt === undefined ? now : clock.toStore(settlement.dueAt)
  const step = settleTask(task, lease, settlement, { now, dueAt })
  if (step !== null) held.carryOut(task, step)
  return step
}

/** Cancels a task or lets it wait again, as `decide` says. Null if there is no such task. */
export function change(
  { now }: Batch,
  held: HeldTasks,
  taskId: string,
  decide: (task: HeldTask, now: number) => TaskStep | null,
): TaskRecord | null {
  const task = held.get(taskId)
  if (task === undefined) return null
  const step = decide(task, now)
  return rows.toTask(step === null ? task : held.carryOut(task, step))
}
