import { APPROVAL } from '../../../../core/sdk/store/approvals.ts'
import {
  HANDED_OVER_COLUMNS,
  toHandedOverTask,
  toPendingApproval,
} from '../../../../core/sdk/store/rows.ts'
import {
  cancelTask,
  decideTask,
  handOverTask,
  retryTask,
  settleTask,
} from '../../../../core/sdk/store/task-steps.ts'
import type { HeldTask, TaskRecord, TaskStep } from '../../../../core/sdk/store.ts'
import type { AcceptEvent } from '../accept/accept-event.ts'
import { prepareInserts } from '../accept/insert.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { prepareBreakers } from '../pauses/breakers.ts'
import { rows } from '../read/rows.ts'
import { HELD_TASK, prepareStep, WHOLE_HELD_TASK } from './held-tasks.ts'

const HANDED_OVER = `
  SELECT ${HANDED_OVER_COLUMNS} FROM tasks
  WHERE state = 'running' AND program = ? AND lease_until IS NULL AND id > ? ORDER BY id LIMIT ?`

const PENDING_APPROVALS = `
  SELECT id, approval FROM tasks WHERE parked_by = '${APPROVAL}' AND id > ? ORDER BY id LIMIT ?`

/** The end of an attempt or of its lease, and what a person does to a task. */
export function createSettleHandlers(
  context: HandlerContext,
  acceptEvent: AcceptEvent,
): Handlers<
  'settle' | 'cancel' | 'retry' | 'decide' | 'pendingApprovals' | 'handOver' | 'handedOver'
> {
  const { database } = context
  const held = database.prepare(`${HELD_TASK} WHERE id = ?`)
  const wholeHeld = database.prepare(`${WHOLE_HELD_TASK} WHERE id = ?`)
  const carryOut = prepareStep(context)
  const countEnd = prepareBreakers(context)
  const pending = database.prepare(PENDING_APPROVALS)
  const inserts = prepareInserts(context)
  const handedOver = database.prepare(HANDED_OVER)

  const change = (
    taskId: string,
    now: number,
    decide: (task: HeldTask, now: number) => TaskStep | null,
  ): TaskRecord | null => {
    const task = wholeHeld.get(taskId) as HeldTask | undefined
    if (task === undefined) return null
    const step = decide(task, now)
    return rows.toTask(step === null ? task : carryOut(task, step, now))
  }

  return {
    settle([lease, settlement, now, followUp, breaker, followUpBytes], bodies) {
      const task = held.get(lease.taskId) as HeldTask | undefined
      if (task === undefined) return false
      const dueAt = Math.ceil(settlement.dueAt ?? now)
      const step = settleTask(task, lease, settlement, { now, dueAt })
      if (step === null) return false
      const { state } = carryOut(task, step, now)
      const { attempt } = settlement
      const isTurned =
        breaker !== null && countEnd({ taskId: task.id, state, attempt }, breaker, now)
      if (step.next !== null) inserts.next(step.next, task.id, now)
      if (step.followsUp) acceptEvent(followUp, bodies.subarray(0, followUpBytes), now)
      if (isTurned) acceptEvent(breaker.event, bodies.subarray(followUpBytes), now)
      return true
    },
    handOver([lease, at, now]) {
      const task = wholeHeld.get(lease.taskId) as HeldTask | undefined
      const step = task === undefined ? null : handOverTask(task, lease, at)
      if (task === undefined || step === null) return false
      carryOut(task, step, now)
      return true
    },
    handedOver: ([program, { after = '', limit }]) =>
      handedOver.all(program, after, limit).map(toHandedOverTask),
    cancel: ([taskId, now]) => change(taskId, now, cancelTask),
    retry: ([taskId, now]) => change(taskId, now, retryTask),
    decide([taskId, decision, event, now], body) {
      const task = wholeHeld.get(taskId) as HeldTask | undefined
      const step = task === undefined ? null : decideTask(task, decision, now)
      if (task === undefined || step === null) return null
      const decided = carryOut(task, step, now)
      acceptEvent(event, body, now)
      return rows.toTask(decided)
    },
    pendingApprovals: ([{ after = '', limit }, now]) =>
      pending.all(after, limit).map((row) => toPendingApproval(row, now)),
  }
}
