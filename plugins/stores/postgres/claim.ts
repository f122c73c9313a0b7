import type { Claim, ClaimRequest, Lease, RenewedLease } from '../../../core/index.ts'
import { type Candidate, compareCandidates, findCandidates } from './candidates.ts'
import { NOW, type Session } from './database.ts'
import { LostRace } from './fault.ts'
import { HeldTasks } from './held-tasks.ts'
import { lockPrograms, Places, refreshLanes } from './lanes.ts'
import { followLimits, survey } from './limits.ts'
import { EVENT_COLUMNS, TASK_COLUMNS, toEvent, toTask } from './rows.ts'
import { Slots } from './slots.ts'
import type { Batch } from './writes.ts'

/** A claim takes no more once its payloads have so many bytes: they are all held in memory at once. */
const MAX_PAYLOADS_BYTES = 33_554_432

const CLAIM = `
  WITH claimed AS (
    UPDATE tasks SET state = 'running', attempts = attempts + 1, fence = fence + 1, node = $2, started_at = $3,
      lease_until = $4, exit_code = NULL, reason = NULL, result = NULL
    FROM unnest($1::text[]) WITH ORDINALITY AS picked (id, place)
    WHERE tasks.id = picked.id AND tasks.state = 'waiting'
    RETURNING ${TASK_COLUMNS}, tasks.fence, picked.place
  ), started AS (
    INSERT INTO attempts (task_id, number, node, started_at, status)
    SELECT id, fence, $2, $3, 'running' FROM claimed
  )
  SELECT tasks.*, ${EVENT_COLUMNS} FROM claimed AS tasks
  JOIN events ON events.delivery_id = tasks.delivery_id AND events.id = tasks.event_id
  JOIN deliveries ON deliveries.id = tasks.delivery_id
  ORDER BY tasks.place`
// Locked in the order that other transactions keep to.
const RENEW = `
  WITH held AS (
    SELECT id FROM tasks WHERE id = ANY ($1::text[]) AND state = 'running' ORDER BY id FOR UPDATE
  )
  UPDATE tasks SET lease_until = ${NOW} + $3::bigint
  FROM unnest($1::text[], $2::bigint[]) AS asked (id, fence)
  WHERE tasks.id = asked.id AND tasks.fence = asked.fence AND tasks.state = 'running'
    AND tasks.id IN (SELECT id FROM held)
  RETURNING tasks.id, tasks.fence, tasks.cancel_requested`

/** Claims due tasks, within one transaction. */
export async function claim(batch: Batch, request: ClaimRequest): Promise<readonly Claim[]> {
  const { transaction, now } = batch
  const { programs, limit } = request
  const { toLock, limits, hasOverdue } = await survey(transaction, programs, now)
  await lockPrograms(transaction, toLock)
  if (hasOverdue) await takeBackOverdue(batch, toLock)
  await followLimits(transaction, programs, { limits, now })

  const slots = new Slots(programs)
  await slots.countRunning(transaction)
  const search = { programs, locked: toLock, slots, now, limit }
  const candidates = await findCandidates(transaction, search)
  await slots.readStarts(
    transaction,
    candidates.map(({ lane }) => lane ?? ''),
  )
  const { picked, moved } = pick(candidates, slots, { now, limit })
  const claims = await start(batch, picked, request)
  await slots.save(transaction, now)
  await refreshLanes(transaction, moved)
  return claims
}

async function takeBackOverdue(batch: Batch, locked: readonly string[]): Promise<void> {
  const overdue = await HeldTasks.holdOverdue(batch, locked)
  for (const row of overdue.all()) overdue.takeBack(row)
  await overdue.save()
  await refreshLanes(batch.transaction, batch.touched)
}

interface Picked {
  readonly picked: readonly Candidate[]
  /** Lanes whose first task, or whose time, is another now. */
  readonly moved: Places
}

function pick(
  candidates: readonly Candidate[],
  slots: Slots,
  { now, limit }: { readonly now: number; readonly limit: number },
): Picked {
  const queue = candidates.toSorted(compareCandidates)
  const picked: Candidate[] = []
  const moved = new Places()
  let payloadsBytes = 0
  while (picked.length < limit && payloadsBytes < MAX_PAYLOADS_BYTES) {
    const candidate = queue.shift()
    if (candidate === undefined) break
    const { program, lane, next } = candidate
    const isTaken = slots.take(program, lane ?? '', now)
    if (isTaken) {
      picked.push(candidate)
      payloadsBytes += candidate.payloadBytes
    }
    const readyAt = slots.readyAt(program, lane ?? '')
    // Where the rate holds it up, its lane comes to say until when; where the concurrency does, it stays the first.
    if (isTaken || readyAt > now) moved.add(program, lane)
    if (isTaken && next !== null && readyAt <= now) {
      insert(queue, { ...next, at: Math.max(next.at, readyAt) })
    }
  }
  return { picked, moved }
}

function insert(queue: Candidate[], candidate: Candidate): void {
  const index = queue.findIndex((other) => compareCandidates(candidate, other) < 0)
  queue.splice(index < 0 ? queue.length : index, 0, candidate)
}

async function start(
  { transaction, changes, now }: Batch,
  picked: readonly Candidate[],
  { node, leaseSeconds }: ClaimRequest,
): Promise<readonly Claim[]> {
  if (picked.length === 0) return []
  const ids = picked.map(({ id }) => id)
  const rows = await transaction.run(CLAIM, [ids, node, now, now + leaseMs(leaseSeconds)])
  if (rows.length !== ids.length) throw new LostRace('A task went between two statements.')
  return rows.map((row) => {
    const task = toTask(row)
    changes.push({ kind: 'task', taskId: task.id, state: 'running' })
    const lease = { taskId: task.id, fence: row['fence'] as number }
    return { lease, task, event: toEvent(row) }
  })
}

/** Prolongs leases by the database's clock. */
export async function renew(
  session: Session,
  leases: readonly Lease[],
  { leaseSeconds, passedMs }: { readonly leaseSeconds: number; readonly passedMs: number },
): Promise<readonly RenewedLease[]> {
  if (leases.length === 0) return []
  const ids = leases.map(({ taskId }) => taskId)
  const fences = leases.map(({ fence }) => fence)
  const ms = leaseMs(leaseSeconds) + Math.trunc(passedMs)
  const held = new Map<string, boolean>()
  for (const row of await session.run(RENEW, [ids, fences, ms])) {
    held.set(`${row['fence']} ${row['id']}`, row['cancel_requested'] === true)
  }
  return leases.map(({ taskId, fence }): RenewedLease => {
    const isToCancel = held.get(`${fence} ${taskId}`)
    if (isToCancel === undefined) return { taskId, status: 'lost' }
    return { taskId, status: isToCancel ? 'cancel' : 'held' }
  })
}

function leaseMs(leaseSeconds: number): number {
  return Math.ceil(leaseSeconds * 1000)
}
