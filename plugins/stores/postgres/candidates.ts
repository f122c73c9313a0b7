import type { ClaimedProgram } from '../../../core/index.ts'
import type { Row, Session } from './database.ts'
import type { Slots } from './slots.ts'

// Levels of priority are walked one by one, since only within a level an index is in order of time. Tasks that another
// node is just claiming are passed over.
const WITHOUT_KEY = `
  WITH RECURSIVE level AS (
    SELECT asked.name, asked.room, (
      SELECT max(t.priority) FROM tasks t WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = asked.name
    ) AS priority FROM unnest($1::text[], $2::integer[]) AS asked (name, room)
    UNION ALL
    SELECT l.name, l.room, (
      SELECT max(t.priority) FROM tasks t
      WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = l.name AND t.priority < l.priority
    ) FROM level l WHERE l.priority IS NOT NULL
  )
  SELECT found.* FROM level l CROSS JOIN LATERAL (
    SELECT id, program, priority, due_at, payload_bytes FROM tasks t
    WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = l.name AND t.priority = l.priority AND t.due_at <= $3
    ORDER BY due_at, id LIMIT l.room FOR UPDATE SKIP LOCKED
  ) AS found WHERE l.priority IS NOT NULL`
/** Of each program asked (`$1`) with its room (`$2`): the priorities of its lanes, as the table `level`. */
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
    ORDER BY ready_at, head_id LIMIT v.room
  ) AS found WHERE v.priority IS NOT NULL`
const OF_LANES = `
  SELECT found.* FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[]) AS l (program, lane, priority, room)
  CROSS JOIN LATERAL (
    SELECT id, program, lane, priority, due_at, payload_bytes FROM tasks t
    WHERE t.state = 'waiting' AND t.lane IS NOT NULL AND t.program = l.program AND t.lane = l.lane
      AND t.priority = l.priority AND t.due_at <= $5
    ORDER BY due_at, id LIMIT l.room
  ) AS found`

/** A waiting task that may be claimed, as far as only time counts. */
export interface Candidate {
  readonly id: string
  readonly program: string
  readonly lane: string | null
  readonly priority: number
  /** Since when. */
  readonly at: number
  readonly payloadBytes: number
  /** The next of its lane, where it has one. */
  next: Candidate | null
}

interface Search {
  readonly programs: readonly ClaimedProgram[]
  /** Programs whose lanes may be looked at. */
  readonly locked: readonly string[]
  readonly slots: Slots
  readonly now: number
  readonly limit: number
}

/** At least the first `limit` tasks of each program for which there may be room; of each lane only the first. */
export async function findCandidates(
  session: Session,
  search: Search,
): Promise<readonly Candidate[]> {
  const { programs, slots, now, limit } = search
  const names = programs.map(({ name }) => name)
  const rooms = names.map((name) => Math.max(0, Math.min(limit, slots.room(name, ''))))
  const rows = await session.run(WITHOUT_KEY, [names, rooms, now])
  return [...rows.map(toCandidate), ...(await firstOfLanes(session, search))]
}

/** By priority, then by time, then by id. */
export function compareCandidates(one: Candidate, other: Candidate): number {
  return (
    other.priority - one.priority ||
    one.at - other.at ||
    (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
  )
}

async function firstOfLanes(
  session: Session,
  { locked, slots, now, limit, programs }: Search,
): Promise<readonly Candidate[]> {
  const names = programs.map(({ name }) => name).filter((name) => locked.includes(name))
  if (names.length === 0) return []
  const rooms = names.map((name) => limit + slots.fullLanes(name).length)
  const ready = await session.run(READY_LANES, [names, rooms, now])
  const lanes = ready.flatMap((row) => {
    const room = Math.min(limit, slots.room(row['program'] as string, row['lane'] as string))
    return room > 0 ? [{ row, room }] : []
  })
  if (lanes.length === 0) return []
  const column = (name: string) => lanes.map(({ row }) => row[name])
  const places = [column('program'), column('lane'), column('priority')]
  const rows = await session.run(OF_LANES, [...places, lanes.map(({ room }) => room), now])
  const readyAt = new Map(lanes.map(({ row }) => [laneKey(row), row['ready_at'] as number]))
  return chained(rows, readyAt)
}

// Rows of a lane come in order: each is made the next of the one before it.
function chained(rows: readonly Row[], readyAt: ReadonlyMap<string, number>): readonly Candidate[] {
  const last = new Map<string, Candidate>()
  const first: Candidate[] = []
  for (const row of rows) {
    const key = laneKey(row)
    const before = last.get(key)
    const candidate = toCandidate(row)
    last.set(key, candidate)
    if (before !== undefined) before.next = candidate
    else {
      const head = { ...candidate, at: readyAt.get(key) ?? candidate.at }
      first.push(head)
      last.set(key, head)
    }
  }
  return first
}

function laneKey(row: Row): string {
  return JSON.stringify([row['program'], row['lane'], row['priority']])
}

function toCandidate(row: Row): Candidate {
  return {
    id: row['id'] as string,
    program: row['program'] as string,
    lane: (row['lane'] as string | undefined) ?? null,
    priority: row['priority'] as number,
    at: row['due_at'] as number,
    payloadBytes: row['payload_bytes'] as number,
    next: null,
  }
}
