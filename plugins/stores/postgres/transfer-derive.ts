import type { Database } from './database.ts'
import { lockPrograms, Places, refreshLanes } from './lanes.ts'

const LANES_AT_ONCE = 2_000

// Attempts are what was started. Those that a rate still counts are numbered as claims had.
const FORGET_STARTS = 'DELETE FROM starts'
const DERIVE_STARTS = `
  INSERT INTO starts (program, lane, number, at)
  SELECT program, lane, row_number() OVER (PARTITION BY program, lane ORDER BY started_at, task_id, number), started_at
  FROM (
    SELECT t.program, coalesce(t.lane, '') AS lane, a.started_at, a.task_id, a.number
    FROM limits l JOIN tasks t ON t.program = l.program JOIN attempts a ON a.task_id = t.id
    WHERE l.rate_count IS NOT NULL AND a.started_at > $1 - l.rate_ms
  ) AS counted`
const PLACES = `
  SELECT DISTINCT program, lane FROM tasks WHERE state = 'waiting' AND lane IS NOT NULL ORDER BY program, lane`
const ANALYZE =
  'ANALYZE deliveries, events, tasks, attempts, log_chunks, documents, audit, lanes, starts'

/** Makes what is not moved, and tells the database's planner what there is now. May be done again. */
export async function derive(database: Database): Promise<void> {
  await database.transact(async (transaction) => {
    await transaction.run(FORGET_STARTS)
    await transaction.run(DERIVE_STARTS, [transaction.startedAt])
  })
  const rows = await database.run(PLACES)
  for (let from = 0; from < rows.length; from += LANES_AT_ONCE) {
    const places = new Places()
    for (const row of rows.slice(from, from + LANES_AT_ONCE)) {
      places.add(row['program'] as string, row['lane'] as string)
    }
    await database.transact(async (transaction) => {
      await lockPrograms(
        transaction,
        places.list().map(({ program }) => program),
      )
      await refreshLanes(transaction, places)
    })
  }
  await database.run(ANALYZE)
}
