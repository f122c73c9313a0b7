import {
  type Claim,
  type ClaimBounds,
  type ClaimRequest,
  claimInOrder,
  EVENT_COLUMNS,
  type Lease,
  type RenewedLease,
} from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { NOW, type Session } from '../database/database.ts'
import { LostRace } from '../database/fault.ts'
import { PausesOfClaim } from '../pauses/claim-pauses.ts'
import { rows, TASK_COLUMNS } from '../read/rows.ts'
import { findCandidates, type LaneCandidate } from './candidates.ts'
import { LaneSet, lockPrograms, refreshLanes } from './lanes.ts'
import { followLimits, survey } from './limits.ts'
import { ClaimSlots } from './slots.ts'
import { takeBackOverdue } from './take-back.ts'

const CLAIM = `
  WITH claimed AS (
    UPDATE tasks SET state = 'running', attempts = attempts + 1, fence = fence + 1, node = $2, started_at = $3,
      lease_until = $4, handed_over = NULL, exit_code = NULL, reason = NULL, result = NULL
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
    AND tasks.lease_until IS NOT NULL AND tasks.id IN (SELECT id FROM held)
  RETURNING tasks.id, tasks.fence, tasks.cancel_requested`

/** Claims due tasks, within one transaction. */
export async function claim(batch: Batch, request: ClaimRequest): Promise<Claimed> {
  const { transaction, now, changes } = batch
  const { limit, skipsLost = false } = request
  const { toLock, limits, hasOverdue, ...seen } = await survey(transaction, request.programs, now)
  await lockPrograms(transaction, toLock)
  if (hasOverdue) await takeBackOverdue(batch, toLock)
  await followLimits(transaction, request.programs, { limits, now })

  const pauses = await PausesOfClaim.open(transaction, seen.pauses, now)
  const programs = request.programs.filter(({ name }) => pauses.gate(name) !== 'shut')
  const slots = new ClaimSlots(programs)
  await slots.countRunning(transaction)
  const surplus = pauses.surplus(programs.length)
  const search = { programs, locked: toLock, slots, now, limit, surplus, pauses }
  const candidates = await findCandidates(transaction, search)
  await slots.readStarts(
    transaction,
    candidates.map(({ lane }) => lane ?? ''),
  )
  const { picked, moved } = pick(candidates, slots, { now, limit, skipsLost, pauses })
  const claims = await start(batch, picked, request)
  await slots.save(transaction, now)
  for (const { program, lane } of pauses.touched.list()) moved.add(program, lane)
  await refreshLanes(transaction, moved)
  // Others behind what was parked may be free.
  const mayHoldMore = surplus > 0 && pauses.parked >= surplus
  if (mayHoldMore || pauses.isResuming) changes.push({ kind: 'work' })
  return { claims: await withProbes(transaction, claims, pauses), isResuming: pauses.isResuming }
}

interface Claimed {
  readonly claims: readonly Claim[]
  /** A pause is being resumed: more of its tasks are to be released. */
  readonly isResuming: boolean
}

async function withProbes(
  session: Session,
  claims: readonly Claim[],
  pauses: PausesOfClaim,
): Promise<readonly Claim[]> {
  const probed: Claim[] = []
  for (const claim of claims) {
    const { id, program } = claim.task
    const isProbe = pauses.gate(program) === 'probe'
    if (isProbe) await pauses.probe(session, program, id)
    probed.push(isProbe ? { ...claim, isProbe } : claim)
  }
  return probed
}

interface Picking extends ClaimBounds {
  readonly now: number
  readonly pauses: PausesOfClaim
}

interface Picked {
  readonly picked: readonly LaneCandidate[]
  /** Lanes whose first task or time has changed. */
  readonly moved: LaneSet
}

function pick(
  candidates: readonly LaneCandidate[],
  slots: ClaimSlots,
  { now, pauses, ...bounds }: Picking,
): Picked {
  const picked: LaneCandidate[] = []
  const probed = new Set<string>()
  const moved = new LaneSet()
  claimInOrder(candidates, bounds, (candidate) => {
    const { program, lane, next, payloadBytes } = candidate
    const isTaken = !probed.has(program) && slots.take(program, lane ?? '', now)
    if (isTaken && pauses.gate(program) === 'probe') probed.add(program)
    if (isTaken) picked.push(candidate)
    const readyAt = slots.readyAt(program, lane ?? '')
    // If the rate holds it up, its lane will say until when; if the concurrency does, it stays the first.
    if (isTaken || readyAt > now) moved.add(program, lane)
    const isReady = isTaken && next !== null && readyAt <= now
    return {
      size: isTaken ? payloadBytes : null,
      next: isReady ? { ...next, at: Math.max(next.at, readyAt) } : null,
    }
  })
  return { picked, moved }
}

async function start(
  { transaction, changes, now }: Batch,
  picked: readonly LaneCandidate[],
  { node, leaseSeconds }: ClaimRequest,
): Promise<readonly Claim[]> {
  if (picked.length === 0) return []
  const ids = picked.map(({ id }) => id)
  const leaseUntil = now + leaseMs(leaseSeconds)
  const claimed = await transaction.run(CLAIM, [ids, node, now, leaseUntil])
  if (claimed.length !== ids.length) throw new LostRace('A task went between two statements.')
  return claimed.map((row) => {
    const task = rows.toTask(row)
    changes.push({ kind: 'task', taskId: task.id, state: 'running' })
    const lease = { taskId: task.id, fence: row['fence'] as number }
    return { lease, task, event: rows.toEvent(row) }
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
