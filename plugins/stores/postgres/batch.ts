import type { AcceptEntry, LogEntry } from '../../../core/index.ts'
import type { Row, Session } from './database.ts'
import { HeldTasks } from './held-tasks.ts'
import { insertPlanned } from './insert.ts'
import { lockPrograms, refreshLanes } from './lanes.ts'
import { emptyPlan, planDelivery, planEntries } from './plan.ts'
import { cancel, retry, settle } from './task-calls.ts'
import { storable } from './text.ts'
import type { Batch, Incoming, WriteCall } from './writes.ts'

const PROGRAMS_OF_LANES = `
  SELECT DISTINCT program FROM tasks WHERE id = ANY ($1::text[]) AND lane IS NOT NULL`
const APPEND = `
  INSERT INTO log_chunks (task_id, sequence, attempt, stream, at, text)
  SELECT r.task_id, last.sequence + row_number() OVER (PARTITION BY r.task_id ORDER BY r.place),
    r.attempt, r.stream, r.at, r.text
  FROM json_to_recordset($1::json) AS r (
    place integer, task_id text, attempt bigint, stream text, at bigint, text text
  )
  JOIN tasks ON tasks.id = r.task_id
  CROSS JOIN LATERAL (
    SELECT coalesce(max(sequence), 0) AS sequence FROM log_chunks WHERE task_id = r.task_id
  ) AS last`
const PING = `
  INSERT INTO pings (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at`

/**
 * Carries out calls in one transaction, as if one by one in their order; answers an answer for each. Tells when all that
 * must keep to that order is locked.
 */
export async function carryOut(
  batch: Batch,
  calls: readonly WriteCall[],
  onLocked: () => void,
): Promise<readonly unknown[]> {
  const { transaction, now } = batch
  await lockPrograms(transaction, await programsToLock(transaction, calls))
  const held = await HeldTasks.hold(batch, calls.flatMap(taskOf))
  onLocked()
  const answers: unknown[] = new Array(calls.length).fill(null)
  const incoming: Incoming[] = []
  for (const [index, call] of calls.entries()) {
    if (call.kind === 'accept') incoming.push({ entry: call.entry, call: index })
    if (call.kind === 'cancel') answers[index] = cancel(batch, held, call.taskId)
    if (call.kind === 'retry') answers[index] = retry(batch, held, call.taskId)
    if (call.kind === 'settle') {
      const { settled, isDue } = settle(batch, held, call)
      const { followUp } = call.settlement
      answers[index] = settled
      if (isDue && followUp !== undefined) incoming.push({ entry: followUp, call: null })
    }
  }
  await held.save()
  await accept(batch, calls, { incoming, answers })
  await refreshLanes(transaction, batch.touched)
  await appendLogs(
    batch,
    calls.flatMap((call) => (call.kind === 'appendLog' ? call.entries : [])),
  )
  if (calls.some(({ kind }) => kind === 'ping')) await transaction.run(PING, [now])
  return answers
}

interface Accepting {
  readonly incoming: readonly Incoming[]
  readonly answers: unknown[]
}

async function accept(
  batch: Batch,
  calls: readonly WriteCall[],
  { incoming, answers }: Accepting,
): Promise<void> {
  const plan = emptyPlan(batch)
  const receipts = await planEntries(batch, plan, incoming)
  for (const [index, { call }] of incoming.entries()) {
    if (call !== null) answers[call] = receipts[index]
  }
  for (const call of calls) if (call.kind === 'refuse') planDelivery(plan, call.delivery)
  await insertPlanned(batch, plan)
  if (plan.tasks.size > 0) batch.changes.push({ kind: 'work' })
}

async function programsToLock(
  session: Session,
  calls: readonly WriteCall[],
): Promise<readonly string[]> {
  const entries = calls.flatMap((call): readonly AcceptEntry[] => {
    if (call.kind === 'accept') return [call.entry]
    return call.kind === 'settle' && call.settlement.followUp ? [call.settlement.followUp] : []
  })
  const coming = entries.flatMap(({ events }) =>
    events.flatMap(({ tasks }) =>
      tasks.filter(({ policyKey, replaces }) => policyKey !== null || replaces !== 'none'),
    ),
  )
  // Those that may come to wait, or wait no more. A task that ends takes no place in its lane.
  const ids = calls.flatMap((call) =>
    call.kind === 'settle' && call.settlement.state !== 'waiting' ? [] : taskOf(call),
  )
  const rows: readonly Row[] =
    ids.length === 0 ? [] : await session.run(PROGRAMS_OF_LANES, [ids.map(storable)])
  return [...coming.map(({ program }) => program), ...rows.map((row) => row['program'] as string)]
}

function taskOf(call: WriteCall): readonly string[] {
  if (call.kind === 'settle') return [call.lease.taskId]
  return call.kind === 'cancel' || call.kind === 'retry' ? [call.taskId] : []
}

async function appendLogs(
  { transaction, changes }: Batch,
  entries: readonly LogEntry[],
): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map(({ taskId, attempt, stream, at, text }, place) => {
    const fields = { place, task_id: storable(taskId), attempt, stream, at: Math.trunc(at) }
    return { ...fields, text: storable(text) }
  })
  await transaction.run(APPEND, [JSON.stringify(rows)])
  for (const taskId of new Set(entries.map((entry) => entry.taskId))) {
    changes.push({ kind: 'log', taskId })
  }
}
