import {
  type Death,
  type ErrorFilter,
  type ErrorPage,
  groupsOf,
  toErrorPage,
  toErrorQuery,
} from '../../../../core/sdk/store.ts'
import type { Row, Session } from '../database/database.ts'
import { readable, storable } from '../database/text.ts'

// Those that are still dead of it: neither retried nor deleted since. Locked, so that none is before this is committed.
// Tasks are locked before groups, both in order.
const JOIN = `
  WITH dead AS (
    SELECT tasks.id, r.group_id FROM json_to_recordset($1::json) AS r (id text, group_id text, ended_at bigint)
    JOIN tasks ON tasks.id = r.id WHERE tasks.state = 'dead' AND tasks.ended_at = r.ended_at
    ORDER BY tasks.id FOR SHARE OF tasks
  )
  INSERT INTO task_errors (task_id, group_id) SELECT id, group_id FROM dead
  ON CONFLICT DO NOTHING RETURNING group_id`
const SEE = `
  INSERT INTO error_groups AS known (id, program, reason, count, first_at, last_at, last_task)
  SELECT r.id, r.program, r.reason, 0, r.first_at, r.last_at, r.last_task FROM json_to_recordset($1::json) AS r (
    id text, program text, reason text, first_at bigint, last_at bigint, last_task text
  ) ORDER BY r.id
  ON CONFLICT (id) DO UPDATE SET
    first_at = least(known.first_at, excluded.first_at),
    last_task = CASE WHEN excluded.last_at >= known.last_at THEN excluded.last_task ELSE known.last_task END,
    last_at = greatest(known.last_at, excluded.last_at)`
const LEAVE = 'DELETE FROM task_errors WHERE task_id = ANY ($1::text[]) RETURNING group_id'
const CHANGE = `
  WITH held AS (
    SELECT g.id, r.change FROM json_to_recordset($1::json) AS r (id text, change integer)
    JOIN error_groups g ON g.id = r.id ORDER BY g.id FOR UPDATE OF g
  )
  UPDATE error_groups SET count = count + held.change FROM held WHERE error_groups.id = held.id`

/** Records deaths in their groups. */
export async function recordDeaths(session: Session, deaths: readonly Death[]): Promise<void> {
  if (deaths.length === 0) return
  const tasks = deaths.map(({ taskId, group, at }) => {
    return { id: taskId, group_id: group, ended_at: at }
  })
  const joined = await session.run(JOIN, [JSON.stringify(tasks)])
  const groups = groupsOf(deaths).map(({ id, program, reason, firstAt, lastAt, lastTask }) => ({
    ...{ id, program, reason: storable(reason) },
    ...{ first_at: firstAt, last_at: lastAt, last_task: lastTask },
  }))
  await session.run(SEE, [JSON.stringify(groups)])
  await changeCounts(session, joined, 1)
}

/** Takes tasks that are retried or deleted out of their groups. Their rows are locked. */
export async function leaveGroups(session: Session, taskIds: readonly string[]): Promise<void> {
  if (taskIds.length === 0) return
  await changeCounts(session, await session.run(LEAVE, [taskIds]), -1)
}

export async function readErrors(session: Session, filter: ErrorFilter): Promise<ErrorPage> {
  const { sql, values, size } = toErrorQuery(filter)
  let number = 0
  const numbered = sql.replace(/\?/g, () => `$${++number}`)
  return toErrorPage(await session.run(numbered, values), size, readable)
}

/** @param tasks rows with the group that each task joined or left */
async function changeCounts(session: Session, tasks: readonly Row[], by: 1 | -1): Promise<void> {
  if (tasks.length === 0) return
  const byGroup = Map.groupBy(tasks, (row) => row['group_id'])
  const changes = [...byGroup].map(([id, { length }]) => ({ id, change: by * length }))
  await session.run(CHANGE, [JSON.stringify(changes)])
}
