import type { TaskChanges } from '../../contracts/bulk.ts'
import type { Lease, NextTask, Settlement, StoreChange } from '../../contracts/store.ts'
import type {
  Approval,
  ApprovalDecision,
  AttemptStatus,
  HandedOver,
  TaskState,
} from '../../contracts/task.ts'
import { APPROVAL, againColumns, toApproval } from './approvals.ts'
import type { StoreRow } from './rows.ts'

/** The columns of a task that decide, or that change. They have the names of `TRANSFER_TABLES`. */
export interface TaskColumns {
  readonly id: string
  readonly state: TaskState
  readonly due_at: number
  readonly ended_at: number | null
  readonly attempts: number
  readonly lost_attempts: number
  readonly fence: number
  readonly node: string | null
  /** Null for a task that is handed over, too. */
  readonly lease_until: number | null
  /** `HandedOver` as JSON text. */
  readonly handed_over: string | null
  readonly cancel_requested: boolean | number
  readonly replaced_by: string | null
  readonly exit_code: number | null
  readonly reason: string | null
  /** JSON text. */
  readonly result: string | null
  /** Not read for a task that waits or has ended. */
  readonly next_id?: string | null
  /** Of a parked task, its pause and its own due time. Not read for a task that runs. */
  readonly parked_by?: string | null
  readonly parked_due_at?: number | null
  /** `Approval` as JSON text. */
  readonly approval?: string | null
  /** Whether the task's program limits how many tasks run. */
  readonly has_concurrency: boolean | number
}

/** A task's row that a store holds in order to change it. */
export type HeldTask = StoreRow & TaskColumns

/** What a call makes of a task. */
export interface TaskStep {
  /** The columns that change. */
  readonly columns: Partial<TaskColumns>
  /** How the attempt ended; null if none did. Its number is the task's fence. */
  readonly attempt: AttemptEnd | null
  readonly changes: readonly StoreChange[]
}

export interface AttemptEnd {
  readonly status: Exclude<AttemptStatus, 'running'>
  readonly exitCode: number | null
  readonly reason: string | null
}

export interface SettleStep extends TaskStep {
  /** Whether the settlement's follow-up is to be committed. */
  readonly followsUp: boolean
  /** The task of the next step, to be added; null: there is none to add. */
  readonly next: NextTask | null
}

interface SettleTimes {
  readonly now: number
  /** The settlement's `dueAt` by the store's clock, in whole ms. */
  readonly dueAt: number
}

const STOPPED = { node: null, lease_until: null } as const
const LOST: AttemptEnd = {
  status: 'lost',
  exitCode: null,
  reason: 'Its lease ran out: its node ended, or hung.',
}

/** Ends an attempt. Null if the lease was lost: then nothing changes. */
export function settleTask(
  task: HeldTask,
  { fence }: Lease,
  { next: wanted, ...settlement }: Omit<Settlement, 'followUp'>,
  { now, dueAt }: SettleTimes,
): SettleStep | null {
  if (task.state !== 'running' || task.fence !== fence) return null
  const { attempt: status, exitCode, reason, result } = settlement
  const { replaced_by: replacedBy } = task
  // A task that is to be cancelled, or that a newer one replaced, must not wait again.
  const isUnwanted = Boolean(task.cancel_requested) || replacedBy !== null
  const state = settlement.state === 'waiting' && isUnwanted ? 'cancelled' : settlement.state
  const waits = state === 'waiting'
  const isReplaced = state === 'cancelled' && replacedBy !== null
  const isNextDropped = wanted !== undefined && isUnwanted
  const next = wanted === undefined || isUnwanted || task.next_id != null ? null : wanted
  const changes: StoreChange[] = [{ kind: 'task', taskId: task.id, state }]
  // When one task ends, another one of its key may start.
  if (waits || task.has_concurrency) changes.push({ kind: 'work' })
  return {
    columns: {
      ...STOPPED,
      state,
      due_at: waits ? dueAt : task.due_at,
      ended_at: waits ? null : now,
      attempts: task.attempts - (status === 'returned' ? 1 : 0),
      exit_code: exitCode,
      reason: isReplaced ? replacedReason(replacedBy) : isNextDropped ? endedReason(task) : reason,
      result,
      next_id: next?.id ?? task.next_id ?? null,
    },
    attempt: { status, exitCode, reason },
    changes,
    followsUp: state === settlement.state,
    next,
  }
}

/** Ends a lease, but not its attempt. Null if the lease was lost: then nothing changes. */
export function handOverTask(
  task: HeldTask,
  { fence }: Lease,
  handedOver: HandedOver,
): TaskStep | null {
  if (task.state !== 'running' || task.fence !== fence) return null
  return {
    columns: { ...STOPPED, handed_over: JSON.stringify(handedOver) },
    attempt: null,
    changes: [{ kind: 'task', taskId: task.id, state: 'running' }],
  }
}

/** Cancels a waiting task at once and asks a running one to end. Null if the task is settled: it stays as it is. */
export function cancelTask(task: HeldTask, now: number): TaskStep | null {
  const { id: taskId, state, lease_until: leaseUntil } = task
  if (state !== 'waiting' && state !== 'running') return null
  const isLost = state === 'running' && leaseUntil !== null && leaseUntil <= now
  if (state === 'running' && !isLost) {
    return {
      columns: { cancel_requested: true },
      attempt: null,
      changes: [{ kind: 'cancel', taskId }],
    }
  }
  return {
    columns: {
      ...STOPPED,
      ...(isLost ? countLost(task) : {}),
      due_at: task.parked_due_at ?? task.due_at,
      parked_by: null,
      parked_due_at: null,
      state: 'cancelled',
      cancel_requested: true,
      ended_at: now,
      reason: isLost ? 'Cancelled; its node was lost.' : 'Cancelled while waiting.',
    },
    attempt: isLost ? LOST : null,
    changes: [{ kind: 'task', taskId, state: 'cancelled' }],
  }
}

/** Lets a settled task wait again. Null if the task is not settled: it stays as it is. */
export function retryTask(task: HeldTask, now: number): TaskStep | null {
  const { id: taskId, state } = task
  if (state === 'waiting' || state === 'running') return null
  return {
    columns: {
      state: 'waiting',
      ...againColumns(task.approval, now),
      attempts: 0,
      lost_attempts: 0,
      cancel_requested: false,
      replaced_by: null,
      ended_at: null,
      exit_code: null,
      reason: null,
      result: null,
    },
    attempt: null,
    changes: [{ kind: 'task', taskId, state: 'waiting' }, { kind: 'work' }],
  }
}

/** Ends the wait for an approval. Null, and nothing changes: see `StoreInstance.decide`. */
export function decideTask(
  task: HeldTask,
  { state: decided, by, reason }: ApprovalDecision,
  now: number,
): TaskStep | null {
  const before = toApproval(task.approval ?? null)
  if (task.state !== 'waiting' || task.parked_by !== APPROVAL || before === null) return null
  if ((decided === 'expired') !== before.until <= now) return null
  const { id: taskId, parked_due_at: dueAt } = task
  const isApproved = decided === 'approved'
  const state = isApproved ? 'waiting' : 'cancelled'
  const approval: Approval = { ...before, state: decided, by, at: now }
  return {
    columns: {
      state,
      due_at: isApproved ? Math.max(dueAt ?? now, now) : (dueAt ?? now),
      parked_by: null,
      parked_due_at: null,
      approval: JSON.stringify(approval),
      ...(isApproved ? {} : { ended_at: now, reason }),
    },
    attempt: null,
    changes: [{ kind: 'task', taskId, state }, ...(isApproved ? [{ kind: 'work' } as const] : [])],
  }
}

/** A step of `bulk`. Null if the task is in none of the states, or would not change: it stays as it is. */
export function changeTask(
  task: HeldTask,
  { action, states }: Pick<TaskChanges, 'action' | 'states'>,
  now: number,
): TaskStep | null {
  if (!states.includes(task.state)) return null
  return action === 'retry' ? retryTask(task, now) : cancelTask(task, now)
}

/** Takes back a running task whose lease ran out: it waits again, or ends if it was to be cancelled or was replaced. */
export function takeBackTask(task: HeldTask, now: number): TaskStep {
  const { id: taskId, replaced_by: replacedBy } = task
  const isUnwanted = Boolean(task.cancel_requested) || replacedBy !== null
  const state = isUnwanted ? 'cancelled' : 'waiting'
  const changes: StoreChange[] = [{ kind: 'task', taskId, state }]
  const lost = { ...STOPPED, ...countLost(task), state } as const
  if (!isUnwanted) {
    return { columns: { ...lost, reason: 'Its node was lost.' }, attempt: LOST, changes }
  }
  const reason = replacedBy === null ? 'Cancelled; its node was lost.' : replacedReason(replacedBy)
  return { columns: { ...lost, ended_at: now, reason }, attempt: LOST, changes }
}

/** The claim counted the attempt before anybody could know that it would be lost. */
function countLost({ attempts, lost_attempts: lost }: HeldTask) {
  return { attempts: attempts - 1, lost_attempts: lost + 1 }
}

/** Why a task that succeeded has no next step although its rule has one. */
function endedReason({ replaced_by: replacedBy }: HeldTask): string {
  const why = replacedBy === null ? 'it was to be cancelled' : replacedReason(replacedBy)
  return `no further step is run: ${why}`
}

/** Why a task is cancelled that another one replaced. */
export function replacedReason(taskId: string): string {
  return `replaced by ${taskId}`
}
