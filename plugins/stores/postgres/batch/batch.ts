import {
  type AcceptEntry,
  cancelTask,
  changeTask,
  decideTask,
  type HeldTask,
  handOverTask,
  retryTask,
} from '../../../../core/sdk/store.ts'
import { emptyPlan, type Plan, planDelivery, planEntries, planNext } from '../accept/accept.ts'
import { insertPlanned } from '../accept/insert.ts'
import { lockPrograms, refreshLanes } from '../claim/lanes.ts'
import type { Session } from '../database/database.ts'
import { storable } from '../database/text.ts'
import { Breakers, countedProgram } from '../pauses/breakers.ts'
import { appendLog } from '../settle/append-log.ts'
import { HeldTasks } from '../settle/held-tasks.ts'
import { change, settle } from '../settle/settle.ts'
import type { Batch, Incoming, WriteCall } from './writes.ts'

const PROGRAMS_OF_LANES = `
  SELECT DISTINCT program FROM tasks WHERE id = ANY ($1::text[]) AND lane IS NOT NULL`
// Inserts nothing, but fails where this account, or this database, takes no row of a delivery.
const TAKES_ROWS = ['deliveries', 'events', 'tasks'].map(
  (table) => `INSERT INTO ${table} SELECT * FROM ${table} WHERE false`,
)
const PING = `
  INSERT INTO pings (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at`

/**
 * Carries out calls in one transaction, as if one by one in their order. Returns an answer for each.
 *
 * @param onLocked called once everything that must keep to that order is locked
 */
export async function carryOut(
  batch: Batch,
  calls: readonly WriteCall[],
  onLocked: () => void,
): Promise<readonly unknown[]> {
  const { transaction, now } = batch
  await lockPrograms(transaction, await programsToLock(transaction, calls))
  const held = await HeldTasks.hold(batch, calls.flatMap(taskOf))
  const breakers = await Breakers.read(batch, calls)
  onLocked()
  const answers: unknown[] = new Array(calls.length).fill(null)
  const incoming: Incoming[] = []
  const plan = emptyPlan(batch)
  for (const [index, call] of calls.entries()) {
    if (call.kind === 'accept') incoming.push({ entry: call.entry, call: index })
    if (call.kind === 'cancel') answers[index] = change(batch, held, call.taskId, cancelTask)
    if (call.kind === 'retry') answers[index] = change(batch, held, call.taskId, retryTask)
    if (call.kind === 'decide') {
      const { taskId, decision, event } = call
      const decide = (task: HeldTask) => decideTask(task, decision, now)
      const before = held.get(taskId)
      const task = change(batch, held, taskId, decide)
      const isDone = held.get(taskId) !== before
      answers[index] = isDone ? task : null
      if (isDone && event !== null) incoming.push({ entry: event, call: null })
    }
    if (call.kind === 'change') {
      const task = held.get(call.taskId)
      const step = task === undefined ? null : changeTask(task, call.change, now)
      if (task !== undefined && step !== null) held.carryOut(task, step)
      answers[index] = step !== null
    }
    if (call.kind === 'handOver') {
      const task = held.get(call.lease.taskId)
      const step = task === undefined ? null : handOverTask(task, call.lease, call.handedOver)
      if (task !== undefined && step !== null) held.carryOut(task, step)
      answers[index] = step !== null
    }
    if (call.kind === 'settle') {
      const step = settle(batch, held, call)
      const { followUp, breaker, attempt } = call.settlement
      answers[index] = step !== null
      const task = held.get(call.lease.taskId)
      if (step !== null && breaker !== undefined && task !== undefined) {
        const { id: taskId, state } = task
        const isTurned = breakers.count({ taskId, state, attempt }, breaker)
        if (isTurned && breaker.event !== null) incoming.push({ entry: breaker.event, call: null })
      }
      if (step?.next && task !== undefined) planNext(batch, plan, step.next, task)
      if (step?.followsUp && followUp !== undefined) incoming.push({ entry: followUp, call: null })
    }
  }
  await held.save()
  await breakers.save()
  await accept(batch, calls, { plan, incoming, answers })
  await refreshLanes(transaction, batch.touched)
  await appendLog(
    batch,
    calls.flatMap((call) => (call.kind === 'appendLog' ? call.entries : [])),
  )
  if (calls.some(({ kind }) => kind === 'ping')) {
    for (const sql of TAKES_ROWS) await transaction.run(sql)
    await transaction.run(PING, [now])
  }
  return answers
}

interface Accepting {
  /** Has the tasks of next steps. */
  readonly plan: Plan
  readonly incoming: readonly Incoming[]
  readonly answers: unknown[]
}

async function accept(
  batch: Batch,
  calls: readonly WriteCall[],
  { plan, incoming, answers }: Accepting,
): Promise<void> {
  const receipts = await planEntries(batch, plan, incoming)
  for (const [index, { call }] of incoming.entries()) {
    if (call !== null) answers[call] = receipts[index]
  }
  for (const call of calls) if (call.kind === 'refuse') planDelivery(plan, call.delivery)
  await insertPlanned(batch, plan)
  if (plan.deliveries.length > 0) batch.changes.push({ kind: 'delivery' })
  if (plan.tasks.size > 0) batch.changes.push({ kind: 'work' })
}

async function programsToLock(
  session: Session,
  calls: readonly WriteCall[],
): Promise<readonly string[]> {
  const entries = calls.flatMap((call): readonly AcceptEntry[] => {
    if (call.kind === 'accept') return [call.entry]
    if (call.kind === 'decide') return [call.event ?? []].flat()
    if (call.kind !== 'settle') return []
    const { followUp, breaker } = call.settlement
    return [followUp ?? [], breaker?.event ?? []].flat()
  })
  const next = calls.flatMap((call) => (call.kind === 'settle' ? (call.settlement.next ?? []) : []))
  const coming = [
    ...entries.flatMap(({ events }) => events.flatMap(({ tasks }) => tasks)),
    ...next,
  ].filter(({ policyKey, replaces }) => policyKey !== null || replaces !== 'none')
  // Tasks that may begin or cease to wait. A task that ends has no part in its lane.
  const ids = calls.flatMap((call) =>
    call.kind === 'handOver' || (call.kind === 'settle' && call.settlement.state !== 'waiting')
      ? []
      : taskOf(call),
  )
  const rows = ids.length === 0 ? [] : await session.run(PROGRAMS_OF_LANES, [ids.map(storable)])
  return [
    ...coming.map(({ program }) => program),
    ...rows.map((row) => row['program'] as string),
    ...calls.flatMap(countedProgram),
  ]
}

function taskOf(call: WriteCall): readonly string[] {
  if ('lease' in call) return [call.lease.taskId]
  return 'taskId' in call ? [call.taskId] : []
}
