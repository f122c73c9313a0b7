import { claimInOrder } from '../../../../core/sdk/store/claim-order.ts'
import { NEVER } from '../../../../core/sdk/store/never.ts'
import { settleTask } from '../../../../core/sdk/store/task-steps.ts'
import type { Claim, HeldTask, Lease, RenewedLease } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { StoreFault } from '../database/fault.ts'
import { type ClaimPauses, prepareClaimPauses } from '../pauses/claim-pauses.ts'
import { EVENT, rows, toEvent } from '../read/rows.ts'
import { prepareStep, WHOLE_HELD_TASK } from '../settle/held-tasks.ts'
import { busyPrograms, findCandidates, type TaskCandidate } from './candidates.ts'
import { openSlots, type Slots } from './slots.ts'
import { prepareTakeBack } from './take-back.ts'

const CLAIM = `
  UPDATE tasks SET state = 'running', attempts = attempts + 1, fence = fence + 1, node = ?, started_at = ?,
    lease_until = ?, handed_over = NULL, exit_code = NULL, reason = NULL, result = NULL
  WHERE id = ?`
// Not by RETURNING, for which SQLite keeps copies of pages, as for a trigger.
const CLAIMED = 'SELECT * FROM tasks WHERE id = ?'
const EVENT_OF_TASK = `
  SELECT ${EVENT} FROM events JOIN deliveries ON deliveries.id = events.delivery_id
  WHERE events.delivery_id = ? AND events.id = ?`
const RENEW = `
  UPDATE tasks SET lease_until = ? WHERE id = ? AND fence = ? AND state = 'running' AND lease_until IS NOT NULL
  RETURNING cancel_requested`

const START_ATTEMPT = `
  INSERT INTO attempts (task_id, number, node, started_at, status) VALUES (?, ?, ?, ?, 'running')`

/** Claims and leases. */
export function createClaimHandlers(context: HandlerContext): Handlers<'claim' | 'renew'> {
  const { database, limits, lanes } = context
  const renewLease = database.prepare(RENEW)
  const takeBack = prepareTakeBack(context)
  const start = prepareStart(context)
  const openPauses = prepareClaimPauses(context)
  const firstFree = prepareFirstFree(context)

  return {
    claim([{ node, limit, skipsLost, held }, leaseUntil, programs, now]) {
      limits.follow(programs, now)
      const pauses = openPauses(now)
      const slotsOf = new Map<string, Slots>()
      const probed = new Set<string>()
      const candidates: TaskCandidate[] = []
      for (const program of busyPrograms(database, programs)) {
        const { name } = program
        takeBack(name, now, { held })
        const gate = pauses.gate(name)
        if (gate === 'shut') continue
        if (gate === 'probe') probed.add(name)
        const slots = openSlots(database, program, limits)
        slotsOf.set(name, slots)
        const search = { program, slots, now, limit: limit + pauses.surplus }
        candidates.push(...findCandidates(database, search))
      }
      const free = candidates.flatMap((candidate) => {
        const fate = pauses.park(candidate.id)
        if (fate === 'free') return [candidate]
        const next = fate === 'left' ? null : firstFree(candidate, pauses)
        return next !== null && next.at <= now ? [next] : []
      })
      const claims: Claim[] = []
      claimInOrder(free, { limit, skipsLost }, (candidate) => {
        const { program, key, id } = candidate
        const isTaken = slotsOf.get(program)?.take(key, now) === true
        let size: number | null = null
        if (isTaken) {
          const claim = start(id, { node, leaseUntil, now })
          size = claim?.event.payload.length ?? null
          if (claim !== null && !probed.has(program)) claims.push(claim)
          else if (claim !== null) {
            claims.push({ ...claim, isProbe: true })
            pauses.probe(program, id)
            slotsOf.delete(program)
          }
        }
        if (key !== null) lanes.refreshKey(program, key)
        const next = firstFree(candidate, pauses)
        // If the rate holds it up, its lane now says until when; if the concurrency does, it stays the first.
        const isReady = isTaken && next !== null && next.at <= now
        return { size, next: isReady ? next : null }
      })
      return claims
    },

    renew([leases, leaseUntil]) {
      return leases.map(({ taskId, fence }): RenewedLease => {
        const row = renewLease.get(leaseUntil, taskId, fence)
        if (row === undefined) return { taskId, status: 'lost' }
        return { taskId, status: row['cancel_requested'] === 1 ? 'cancel' : 'held' }
      })
    },
  }
}

interface Start {
  readonly node: string
  readonly leaseUntil: number
  readonly now: number
}

function prepareStart(context: HandlerContext) {
  const { database, changes } = context
  const startAttempt = database.prepare(START_ATTEMPT)
  const claimTask = database.prepare(CLAIM)
  const claimed = database.prepare(CLAIMED)
  const event = database.prepare(EVENT_OF_TASK)
  /** Otherwise each claim would meet it again. */
  const endUnreadable = (lease: Lease, error: unknown, now: number): null => {
    if (!(error instanceof StoreFault)) throw error
    const reason = `${error.code}: ${error.message}`
    const dead = { state: 'dead', attempt: 'failed', exitCode: null, reason, result: null } as const
    const held = database.prepare(`${WHOLE_HELD_TASK} WHERE id = ?`)
    const task = held.get(lease.taskId) as unknown as HeldTask
    const step = settleTask(task, lease, dead, { now, dueAt: now })
    if (step !== null) prepareStep(context)(task, step, now)
    return null
  }
  /** The claim, or null if its event cannot be read: then the task is dead. */
  return (id: string, { node, leaseUntil, now }: Start): Claim | null => {
    claimTask.run(node, now, leaseUntil, id)
    const row = claimed.get(id)
    if (row === undefined) throw new Error('A task went between two statements.')
    const task = rows.toTask(row)
    const lease = { taskId: id, fence: row['fence'] as number }
    startAttempt.run(id, lease.fence, node, now)
    changes.push({ kind: 'task', taskId: id, state: 'running' })
    const eventRow = event.get(task.deliveryId, task.eventId)
    if (eventRow === undefined) throw new Error('A task has no event.')
    try {
      return { lease, task, event: toEvent(eventRow) }
    } catch (error) {
      return endUnreadable(lease, error, now)
    }
  }
}

// The first task of the candidate's lane that no pause holds back.
function prepareFirstFree({ database, lanes }: HandlerContext) {
  const lostAttempts = database.prepare('SELECT lost_attempts FROM tasks WHERE id = ?')
  return ({ program, key, priority }: TaskCandidate, pauses: ClaimPauses): TaskCandidate | null => {
    for (;;) {
      const head = lanes.refresh({ program, key, priority })
      if (head === null || head.readyAt === NEVER) return null
      const fate = pauses.park(head.id)
      if (fate === 'left') return null
      if (fate === 'parked') continue
      const { id, readyAt: at } = head
      const isLost = Number(lostAttempts.get(id)?.['lost_attempts']) > 0
      return { program, key, priority, id, at, isLost }
    }
  }
}
