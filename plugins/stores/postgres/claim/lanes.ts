import type { Session } from '../database/database.ts'

const LOCK = `
  SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended(current_schema() || ' runs ' || program, 0) AS key
    FROM unnest($1::text[]) AS p (program) ORDER BY key
  ) AS keys`
// The levels of priority are walked one by one, since only within a level the index is in order of time.
const REFRESH = `
  WITH RECURSIVE place AS (
    SELECT DISTINCT program, lane FROM unnest($1::text[], $2::text[]) AS p (program, lane)
  ), level AS (
    SELECT program, lane, (
      SELECT max(t.priority) FROM tasks t
      WHERE t.state = 'waiting' AND t.lane IS NOT NULL AND t.program = p.program AND t.lane = p.lane
    ) AS priority FROM place p
    UNION ALL
    SELECT l.program, l.lane, (
      SELECT max(t.priority) FROM tasks t
      WHERE t.state = 'waiting' AND t.lane IS NOT NULL AND t.program = l.program AND t.lane = l.lane
        AND t.priority < l.priority
    ) FROM level l WHERE l.priority IS NOT NULL
  ), head AS (
    SELECT l.program, l.lane, l.priority, t.id, t.due_at FROM level l CROSS JOIN LATERAL (
      SELECT id, due_at FROM tasks t
      WHERE t.state = 'waiting' AND t.lane IS NOT NULL AND t.program = l.program AND t.lane = l.lane
        AND t.priority = l.priority
      ORDER BY due_at, id LIMIT 1
    ) t WHERE l.priority IS NOT NULL
  ), emptied AS (
    DELETE FROM lanes USING place p WHERE lanes.program = p.program AND lanes.lane = p.lane AND NOT EXISTS (
      SELECT FROM head h WHERE h.program = lanes.program AND h.lane = lanes.lane AND h.priority = lanes.priority
    )
  )
  INSERT INTO lanes (program, lane, priority, head_id, head_due_at, ready_at)
  SELECT h.program, h.lane, h.priority, h.id, h.due_at, greatest(h.due_at, (
    SELECT s.at + m.rate_ms FROM limits m JOIN starts s ON s.program = m.program AND s.lane = h.lane AND s.number = (
      SELECT max(number) FROM starts WHERE program = h.program AND lane = h.lane
    ) - m.rate_count + 1
    WHERE m.program = h.program
  )) FROM head h
  ON CONFLICT (program, lane, priority) DO UPDATE SET head_id = excluded.head_id,
    head_due_at = excluded.head_due_at, ready_at = excluded.ready_at
  WHERE (lanes.head_id, lanes.head_due_at, lanes.ready_at)
    IS DISTINCT FROM (excluded.head_id, excluded.head_due_at, excluded.ready_at)`

/**
 * Takes the locks of programs until the transaction ends. A transaction must hold them if it changes which tasks with a
 * key wait, replaces tasks, or starts tasks under limits, so that nodes see one another's tasks. They are taken before
 * any row is locked, and in one order, so that no deadlock arises.
 */
export async function lockPrograms(session: Session, programs: Iterable<string>): Promise<void> {
  const names = [...new Set(programs)]
  if (names.length > 0) await session.run(LOCK, [names])
}

/** A lane: the tasks of one program and key. */
export interface LaneKey {
  readonly program: string
  readonly lane: string
}

/** A set of lanes. */
export class LaneSet {
  readonly #lanes = new Map<string, LaneKey>()

  /** Tasks without a key have no lane. */
  add(program: string, lane: string | null): void {
    if (lane !== null) this.#lanes.set(`${program}\n${lane}`, { program, lane })
  }

  list(): readonly LaneKey[] {
    return [...this.#lanes.values()]
  }
}

/** Finds the first waiting task of each lane again, after all other changes. The locks of the programs must be held. */
export async function refreshLanes(session: Session, touched: LaneSet): Promise<void> {
  const lanes = touched.list()
  if (lanes.length === 0) return
  await session.run(REFRESH, [lanes.map(({ program }) => program), lanes.map(({ lane }) => lane)])
}
