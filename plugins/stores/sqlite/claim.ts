import type { Claim, RenewedLease } from '../../../core/index.ts'
import { prepareAttempts } from './attempts.ts'
import type { HandlerContext } from './context.ts'
import type { Database } from './database.ts'
import type { Handlers, Operations } from './messages.ts'
import { EVENT_COLUMNS, toEvent, toTask } from './rows.ts'

// One query per program: each reads only its own first rows of a partial index, however many tasks are settled or
// wait for other programs.
const DUE_WAITING = `
  SELECT id, due_at FROM tasks WHERE state = 'waiting' AND program = ? AND due_at <= ?
  ORDER BY due_at, id LIMIT ?`
const LEASE_OVER = `
  SELECT id, due_at, fence, cancel_requested FROM tasks
  WHERE state = 'running' AND program = ? AND lease_until <= ?`
const CLAIM = `
  UPDATE tasks SET state = 'running', attempts = attempts + 1, fence = fence + 1, node = ?, started_at = ?,
    lease_until = ?, exit_code = NULL, reason = NULL, result = NULL
  WHERE id = ? RETURNING *`
const CANCEL_LOST = `
  UPDATE tasks SET state = 'cancelled', ended_at = ?, node = NULL, lease_until = NULL,
    reason = 'Cancelled; its node was lost.'
  WHERE id = ?`
const EVENT = `
  SELECT ${EVENT_COLUMNS} FROM events JOIN deliveries ON deliveries.id = events.delivery_id
  WHERE events.delivery_id = ? AND events.id = ?`
const RENEW = `
  UPDATE tasks SET lease_until = ? WHERE id = ? AND fence = ? AND state = 'running'
  RETURNING cancel_requested`
const FIRST_WAITING = `
  SELECT min(due_at) AS at FROM tasks WHERE state = 'waiting' AND program = ?`
const FIRST_LEASE_OVER = `
  SELECT min(lease_until) AS at FROM tasks WHERE state = 'running' AND program = ?`

const END_LEASES = "UPDATE tasks SET lease_until = ? WHERE state = 'running' AND lease_until > ?"

/** Lets every lease run out. At opening only: the file has one process, so whoever held them is gone. */
export function endLeases(database: Database, now: number): void {
  database.prepare(END_LEASES).run(now, now)
}

interface Candidate {
  readonly id: string
  readonly dueAt: number
  /** The claim whose lease ran out; null for a waiting task. */
  readonly lostFence: number | null
}

/** Claims and leases. */
export function createClaimHandlers(
  context: HandlerContext,
): Handlers<'claim' | 'renew' | 'nextDueAt'> {
  const { database, changes } = context
  const attempts = prepareAttempts(database)
  const claimTask = database.prepare(CLAIM)
  const event = database.prepare(EVENT)
  const renewLease = database.prepare(RENEW)
  const findCandidates = prepareCandidates(context)

  return {
    claim(args) {
      const [node, , leaseUntil, , now] = args
      return findCandidates(args).map(({ id, lostFence }): Claim => {
        if (lostFence !== null) attempts.lose(id, lostFence, now)
        const row = claimTask.get(node, now, leaseUntil, id)
        if (row === undefined) throw new Error('A task went between two statements.')
        const task = toTask(row)
        const lease = { taskId: id, fence: row['fence'] as number }
        attempts.start(lease, node, now)
        changes.push({ kind: 'task', taskId: id, state: 'running' })
        const eventRow = event.get(task.deliveryId, task.eventId)
        if (eventRow === undefined) throw new Error('A task has no event.')
        return { lease, task, event: toEvent(eventRow) }
      })
    },

    renew([leases, leaseUntil]) {
      return leases.map(({ taskId, fence }): RenewedLease => {
        const row = renewLease.get(leaseUntil, taskId, fence)
        if (row === undefined) return { taskId, status: 'lost' }
        return { taskId, status: row['cancel_requested'] === 1 ? 'cancel' : 'held' }
      })
    },

    nextDueAt([programs]) {
      let next: number | null = null
      for (const program of programs) {
        for (const sql of [FIRST_WAITING, FIRST_LEASE_OVER]) {
          const at = database.prepare(sql).get(program)?.['at']
          if (typeof at === 'number' && (next === null || at < next)) next = at
        }
      }
      return next
    },
  }
}

// The oldest due tasks. Those that were to be cancelled when their node was lost end here.
function prepareCandidates({ database, changes }: HandlerContext) {
  const attempts = prepareAttempts(database)
  const dueWaiting = database.prepare(DUE_WAITING)
  const leaseOver = database.prepare(LEASE_OVER)
  const cancelLost = database.prepare(CANCEL_LOST)

  return ([, limit, , programs, now]: Operations['claim']['args']): readonly Candidate[] => {
    const candidates: Candidate[] = []
    for (const program of programs) {
      for (const row of leaseOver.all(program, now)) {
        const id = row['id'] as string
        const lostFence = row['fence'] as number
        if (row['cancel_requested'] === 1) {
          attempts.lose(id, lostFence, now)
          cancelLost.run(now, id)
          changes.push({ kind: 'task', taskId: id, state: 'cancelled' })
        } else candidates.push({ id, dueAt: row['due_at'] as number, lostFence })
      }
      for (const row of dueWaiting.all(program, now, limit)) {
        candidates.push({
          id: row['id'] as string,
          dueAt: row['due_at'] as number,
          lostFence: null,
        })
      }
    }
    candidates.sort((one, other) => one.dueAt - other.dueAt || (one.id < other.id ? -1 : 1))
    return candidates.slice(0, limit)
  }
}
