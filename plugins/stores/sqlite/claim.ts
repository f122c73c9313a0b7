import type { Claim, RenewedLease } from '../../../core/index.ts'
import { prepareAttempts } from './attempts.ts'
import { type Candidate, compareCandidates, findCandidates } from './candidates.ts'
import type { HandlerContext } from './context.ts'
import type { Handlers } from './messages.ts'
import { prepareOverdue } from './overdue.ts'
import { EVENT_COLUMNS, toEvent, toTask } from './rows.ts'
import { openSlots, type Slots } from './slots.ts'

const CLAIM = `
  UPDATE tasks SET state = 'running', attempts = attempts + 1, fence = fence + 1, node = ?, started_at = ?,
    lease_until = ?, exit_code = NULL, reason = NULL, result = NULL
  WHERE id = ? RETURNING *`
const EVENT = `
  SELECT ${EVENT_COLUMNS} FROM events JOIN deliveries ON deliveries.id = events.delivery_id
  WHERE events.delivery_id = ? AND events.id = ?`
const RENEW = `
  UPDATE tasks SET lease_until = ? WHERE id = ? AND fence = ? AND state = 'running'
  RETURNING cancel_requested`

/** A claim takes no more once its payloads have so many characters: they are all held in memory at once. */
const MAX_PAYLOADS_LENGTH = 33_554_432

/** Claims and leases. */
export function createClaimHandlers(context: HandlerContext): Handlers<'claim' | 'renew'> {
  const { database, limits } = context
  const renewLease = database.prepare(RENEW)
  const takeBackOverdue = prepareOverdue(context)
  const start = prepareStart(context)
  const headsAfter = prepareHeadsAfter(context)

  return {
    claim([node, limit, leaseUntil, programs, now]) {
      limits.follow(programs, now)
      const slotsOf = new Map<string, Slots>()
      const queue: Candidate[] = []
      for (const program of programs) {
        takeBackOverdue(program.name, now)
        const slots = openSlots(database, program, limits)
        slotsOf.set(program.name, slots)
        queue.push(...findCandidates(database, { program, slots, now, limit }))
      }
      queue.sort(compareCandidates)
      const claims: Claim[] = []
      let payloadsLength = 0
      while (claims.length < limit && payloadsLength < MAX_PAYLOADS_LENGTH) {
        const candidate = queue.shift()
        if (candidate === undefined) break
        const { program, key, id } = candidate
        const isTaken = slotsOf.get(program)?.take(key, now) === true
        if (isTaken) {
          const claim = start(id, { node, leaseUntil, now })
          claims.push(claim)
          payloadsLength += claim.event.payload.length
        }
        if (key === null) continue
        const next = headsAfter(candidate)
        // Where the rate holds it up, its lane now says until when; where the concurrency does, it stays the first.
        if (isTaken && next !== null && next.at <= now) insert(queue, next)
      }
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

function prepareStart({ database, changes }: HandlerContext) {
  const attempts = prepareAttempts(database)
  const claimTask = database.prepare(CLAIM)
  const event = database.prepare(EVENT)
  return (id: string, { node, leaseUntil, now }: Start): Claim => {
    const row = claimTask.get(node, now, leaseUntil, id)
    if (row === undefined) throw new Error('A task went between two statements.')
    const task = toTask(row)
    const lease = { taskId: id, fence: row['fence'] as number }
    attempts.start(lease, node, now)
    changes.push({ kind: 'task', taskId: id, state: 'running' })
    const eventRow = event.get(task.deliveryId, task.eventId)
    if (eventRow === undefined) throw new Error('A task has no event.')
    return { lease, task, event: toEvent(eventRow) }
  }
}

// The next task of the candidate's lane. A start counts for all lanes of the key.
function prepareHeadsAfter({ lanes }: HandlerContext) {
  return ({ program, key, priority }: Candidate): Candidate | null => {
    const place = { program, key, priority }
    if (key !== null) lanes.refreshKey(program, key)
    const head = lanes.refresh(place)
    return head === null ? null : { ...place, id: head.id, at: head.readyAt }
  }
}

function insert(queue: Candidate[], candidate: Candidate): void {
  const index = queue.findIndex((other) => compareCandidates(candidate, other) < 0)
  queue.splice(index < 0 ? queue.length : index, 0, candidate)
}
