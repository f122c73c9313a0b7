import type { ClaimCandidate, ClaimedProgram } from '../../../../core/sdk/store.ts'
import type { Row, Session } from '../database/database.ts'
import type { PausesOfClaim } from '../pauses/claim-pauses.ts'
import type { ClaimSlots } from './slots.ts'

// Priorities are walked one by one, since an index is in order of time only within one. Tasks that another node is just
// claiming are skipped.
/** Table `level`: the priorities of the waiting tasks without a key of each program (`$1`), with its room (`$2`). */
export const TASK_LEVELS = `
  WITH RECURSIVE level AS (
    SELECT asked.name, asked.room, (
      SELECT max(t.priority) FROM tasks t WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = asked.name
    ) AS priority FROM unnest($1::text[], $2::integer[]) AS asked (name, room)
    UNION ALL
    SELECT l.name, l.room, (
      SELECT max(t.priority) FROM tasks t
      WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = l.name AND t.priority < l.priority
    ) FROM level l WHERE l.priority IS NOT NULL
  )`
// The claim may have to pass over all of these.
const LOST = (program: string) =>
  `(SELECT count(*) FROM tasks t WHERE t.state = 'waiting' AND t.lost_attempts > 0 AND t.program = ${program})`
const withoutKey = (lock: string) => `${TASK_LEVELS}
  SELECT found.* FROM level l CROSS JOIN LATERAL (
    SELECT id, source, rule, program, priority, due_at, payload_bytes, lost_attempts FROM tasks t
    WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = l.name AND t.priority = l.priority AND t.due_at <= $3
    ORDER BY due_at, id LIMIT l.room + ${LOST('l.name')} ${lock}
  ) AS found WHERE l.priority IS NOT NULL AND l.room > 0`
const WITHOUT_KEY = withoutKey('FOR UPDATE SKIP LOCKED')
// More than the claim takes, so they are not locked: other claims would pass over all of them.
const MAYBE_HELD_BACK = withoutKey('')
/** The same for its lanes. */
export const LANE_LEVELS = `
  WITH RECURSIVE level AS (
    SELECT asked.name, asked.room, (SELECT max(l.priority) FROM lanes l WHERE l.program = asked.name) AS priority
    FROM unnest($1::text[], $2::integer[]) AS asked (name, room)
    UNION ALL
    SELECT v.name, v.room, (
      SELECT max(l.priority) FROM lanes l WHERE l.program = v.name AND l.priority < v.priority
    ) FROM level v WHERE v.priority IS NOT NULL
  )`
const READY_LANES = `${LANE_LEVELS}
  SELECT found.* FROM level v CROSS JOIN LATERAL (
    SELECT program, lane, priority, ready_at FROM lanes l
    WHERE l.program = v.name AND l.priority = v.priority AND l.ready_at <= $3
    ORDER BY ready_at, head_id LIMIT v.room + ${LOST('v.name')}
  ) AS found WHERE v.priority IS NOT NULL`
const OF_LANES = `
  SELECT found.* FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[]) AS l (program, lane, priority, room)
  CROSS JOIN LATERAL (
    SELECT id, source, rule, program, lane, priority, due_at, payload_bytes, lost_attempts FROM tasks t
    WHERE t.state = 'waiting' AND t.lane IS NOT NULL AND t.program = l.program AND t.lane = l.lane
      AND t.priority = l.priority AND t.due_at <= $5
    ORDER BY due_at, id LIMIT l.room
  ) AS found`

/** A waiting task that may be claimed as far as only time counts. */
export interface LaneCandidate extends ClaimCandidate {
  readonly program: string
  readonly lane: string | null
  readonly payloadBytes: number
  /** The next task of its lane, if it has one. */
  next: LaneCandidate | null
}

interface Search {
  readonly programs: readonly ClaimedProgram[]
  /** Programs whose lanes may be looked at. */
  readonly locked: readonly string[]
  readonly slots: ClaimSlots
  readonly now: number
  readonly limit: number
  readonly pauses: PausesOfClaim
  /** Number of tasks of each program that pauses may hold back. */
  readonly surplus: number
}

/** At least the first `limit` tasks of each program for which there may be room; of each lane only the first task. */
export async function findCandidates(
  session: Session,
  search: Search,
): Promise<readonly LaneCandidate[]> {
  const { programs, slots, now, limit, pauses, surplus } = search
  const names = programs.map(({ name }) => name)
  const rooms = names.map((name) => Math.max(0, Math.min(limit, slots.room(name, ''))))
  if (surplus > 0) {
    const more = rooms.map((room) => (room === 0 ? 0 : room + surplus))
    const rows = await session.run(MAYBE_HELD_BACK, [names, more, now])
    await pauses.park(session, rows)
  }
  const rows = await session.run(WITHOUT_KEY, [names, rooms, now])
  const free = await pauses.park(session, rows)
  return [...free.map(toCandidate), ...(await firstOfLanes(session, search))]
}

async function firstOfLanes(
  session: Session,
  { locked, slots, now, limit, programs, pauses, surplus }: Search,
): Promise<readonly LaneCandidate[]> {
  const names = programs.map(({ name }) => name).filter((name) => locked.includes(name))
  if (names.length === 0) return []
  const rooms = names.map((name) => limit + slots.fullLanes(name).length + surplus)
  const ready = await session.run(READY_LANES, [names, rooms, now])
  const lanes = ready.flatMap((row) => {
    const room = Math.min(limit, slots.room(row['program'] as string, row['lane'] as string))
    return room > 0 ? [{ row, room }] : []
  })
  if (lanes.length === 0) return []
  const column = (name: string) => lanes.map(({ row }) => row[name])
  const rows = await session.run(OF_LANES, [
    column('program'),
    column('lane'),
    column('priority'),
    lanes.map(({ room }) => room + Math.ceil(surplus / lanes.length)),
    now,
  ])
  const readyAt = new Map(lanes.map(({ row }) => [laneKey(row), row['ready_at'] as number]))
  const free = await pauses.park(session, rows)
  return chained(free, readyAt)
}

// Rows of a lane come in order: each is made the next of the one before it.
function chained(
  rows: readonly Row[],
  readyAt: ReadonlyMap<string, number>,
): readonly LaneCandidate[] {
  const last = new Map<string, LaneCandidate>()
  const first: LaneCandidate[] = []
  for (const row of rows) {
    const key = laneKey(row)
    const before = last.get(key)
    const candidate = toCandidate(row)
    last.set(key, candidate)
    if (before !== undefined) before.next = candidate
    else {
      const head = { ...candidate, at: Math.max(candidate.at, readyAt.get(key) ?? 0) }
      first.push(head)
      last.set(key, head)
    }
  }
  return first
}

function laneKey(row: Row): string {
  return JSON.stringify([row['program'], row['lane'], row['priority']])
}

function toCandidate(row: Row): LaneCandidate {
  return {
    id: row['id'] as string,
    program: row['program'] as string,
    lane: (row['lane'] as string | undefined) ?? null,
    priority: row['priority'] as number,
    at: row['due_at'] as number,
    isLost: (row['lost_attempts'] as number) > 0,
    payloadBytes: row['payload_bytes'] as number,
    next: null,
  }
}
