import type { ClaimedProgram } from '../../../core/index.ts'
import { LANE_LEVELS } from './candidates.ts'
import type { Row, Session } from './database.ts'
import { Slots } from './slots.ts'

const FIRST_LEASE_OVER = `
  SELECT min(lease_until) AS at FROM tasks WHERE state = 'running' AND program = ANY ($1::text[])`
const FIRST_DUE = `
  WITH RECURSIVE level AS (
    SELECT asked.name, (
      SELECT max(t.priority) FROM tasks t WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = asked.name
    ) AS priority FROM unnest($1::text[]) AS asked (name)
    UNION ALL
    SELECT l.name, (
      SELECT max(t.priority) FROM tasks t
      WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = l.name AND t.priority < l.priority
    ) FROM level l WHERE l.priority IS NOT NULL
  )
  SELECT l.name AS program, '' AS lane, (
    SELECT min(t.due_at) FROM tasks t
    WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = l.name AND t.priority = l.priority
  ) AS at FROM level l WHERE l.priority IS NOT NULL`
const FIRST_LANES = `${LANE_LEVELS}
  SELECT found.* FROM level v CROSS JOIN LATERAL (
    SELECT program, lane, ready_at AS at FROM lanes l
    WHERE l.program = v.name AND l.priority = v.priority ORDER BY ready_at, head_id LIMIT v.room
  ) AS found WHERE v.priority IS NOT NULL`

/** When to claim next, where nothing is told before; by the store's time. */
export async function nextDueAt(
  session: Session,
  programs: readonly ClaimedProgram[],
): Promise<number | null> {
  if (programs.length === 0) return null
  const names = programs.map(({ name }) => name)
  const slots = new Slots(programs)
  await slots.countRunning(session)
  await slots.readStarts(session, [''])
  const rooms = names.map((name) => slots.fullLanes(name).length + 1)
  const [lease] = await session.run(FIRST_LEASE_OVER, [names])
  const waiting = [
    ...(await session.run(FIRST_DUE, [names])),
    ...(await session.run(FIRST_LANES, [names, rooms])),
  ]
  const times = waiting.flatMap((row) => timeOf(row, slots))
  if (typeof lease?.['at'] === 'number') times.push(lease['at'])
  return times.length === 0 ? null : Math.min(...times)
}

// What waits for a running task of its key does not count. A lane already says when its rate lets it start.
function timeOf(row: Row, slots: Slots): readonly number[] {
  const [program, lane, at] = [row['program'] as string, row['lane'] as string, row['at']]
  if (typeof at !== 'number' || slots.room(program, lane) <= 0) return []
  return [lane === '' ? Math.max(at, slots.readyAt(program, '')) : at]
}
