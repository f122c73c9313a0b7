import { type ClaimedProgram, claimableAt } from '../../../../core/sdk/store.ts'
import type { Row, Session } from '../database/database.ts'
import { runningProbes } from '../pauses/claim-pauses.ts'
import { listPauses } from '../pauses/kept-pauses.ts'
import { LANE_LEVELS, TASK_LEVELS } from './candidates.ts'
import { ClaimSlots } from './slots.ts'

const FIRST_LEASE_OVER = `
  SELECT min(lease_until) AS at FROM tasks WHERE state = 'running' AND program = ANY ($1::text[])`
const FIRST_DUE = `${TASK_LEVELS}
  SELECT l.name AS program, '' AS lane, (
    SELECT min(t.due_at) FROM tasks t
    WHERE t.state = 'waiting' AND t.lane IS NULL AND t.program = l.name AND t.priority = l.priority
      AND (t.lost_attempts = 0 OR NOT $3)
  ) AS at FROM level l WHERE l.priority IS NOT NULL`
const FIRST_LANES = `${LANE_LEVELS}
  SELECT found.* FROM level v CROSS JOIN LATERAL (
    SELECT program, lane, ready_at AS at FROM lanes l
    WHERE l.program = v.name AND l.priority = v.priority
      AND (NOT $3 OR NOT EXISTS (SELECT FROM tasks t WHERE t.id = l.head_id AND t.lost_attempts > 0))
    ORDER BY ready_at, head_id LIMIT v.room
  ) AS found WHERE v.priority IS NOT NULL`

/** When to claim next if no change is announced before, by the store's clock. */
export async function nextDueAt(
  session: Session,
  programs: readonly ClaimedProgram[],
  skipsLost: boolean,
): Promise<number | null> {
  if (programs.length === 0) return null
  const pauses = await listPauses(session)
  // What is to be released is due already.
  if (pauses.some(({ isResuming }) => isResuming)) return 0
  const names = programs.map(({ name }) => name)
  const slots = new ClaimSlots(programs)
  await slots.countRunning(session)
  await slots.readStarts(session, [''])
  const rooms = names.map((name) => slots.fullLanes(name).length + 1)
  const [lease] = await session.run(FIRST_LEASE_OVER, [names])
  const waiting = [
    ...(await session.run(FIRST_DUE, [names, rooms, skipsLost])),
    ...(await session.run(FIRST_LANES, [names, rooms, skipsLost])),
  ]
  const running = await runningProbes(session, pauses)
  const times = names.flatMap((name) => {
    const own = waiting
      .filter(({ program }) => program === name)
      .flatMap((row) => timeOf(row, slots))
    const pause = pauses.find((each) => each.kind === 'program' && each.name === name) ?? null
    return claimableAt(own, pause, running.has(pause?.probe?.taskId ?? '')) ?? []
  })
  if (typeof lease?.['at'] === 'number') times.push(lease['at'])
  return times.length === 0 ? null : Math.min(...times)
}

// A task that waits for a running task of its key does not count. A lane already says when its rate lets it start.
function timeOf(row: Row, slots: ClaimSlots): readonly number[] {
  const [program, lane, at] = [row['program'] as string, row['lane'] as string, row['at']]
  if (typeof at !== 'number' || slots.room(program, lane) <= 0) return []
  return [lane === '' ? Math.max(at, slots.readyAt(program, '')) : at]
}
