import { LaneSet, lockPrograms, refreshLanes } from '../claim/lanes.ts'
import type { Database } from '../database/database.ts'
import { noteEndsOf } from '../projection/notes.ts'

const LANES_AT_ONCE = 2_000

// Attempts tell what was started. Those that a rate still counts are numbered as claims number them.
const FORGET_STARTS = 'DELETE FROM starts'
const DERIVE_STARTS = `
  INSERT INTO starts (program, lane, number, at)
  SELECT program, lane, row_number() OVER (PARTITION BY program, lane ORDER BY started_at, task_id, number), started_at
  FROM (
    SELECT t.program, coalesce(t.lane, '') AS lane, a.started_at, a.task_id, a.number
    FROM limits l JOIN tasks t ON t.program = l.program JOIN attempts a ON a.task_id = t.id
    WHERE l.rate_count IS NOT NULL AND a.started_at > $1 - l.rate_ms
  ) AS counted`
const FORGET_NOTES = 'DELETE FROM unprojected_deliveries'
const FORGET_ENDS = 'DELETE FROM unprojected_ends'
const NOTE_DELIVERIES = `
  INSERT INTO unprojected_deliveries (ids)
  SELECT string_agg(id, ',') FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / 100 AS part FROM deliveries
  ) AS numbered GROUP BY part ORDER BY part`
const NOTE_ENDS = noteEndsOf('tasks')
const LANES = `
  SELECT DISTINCT program, lane FROM tasks WHERE state = 'waiting' AND lane IS NOT NULL ORDER BY program, lane`
const ANALYZE =
  'ANALYZE deliveries, events, tasks, attempts, log_chunks, documents, audit, lanes, starts'

/** Makes what is not moved, and updates the planner's statistics. May be done again. */
export async function derive(database: Database): Promise<void> {
  await database.transact(async (transaction) => {
    await transaction.run(FORGET_STARTS)
    await transaction.run(DERIVE_STARTS, [transaction.startedAt])
    for (const sql of [FORGET_NOTES, FORGET_ENDS, NOTE_DELIVERIES, NOTE_ENDS]) {
      await transaction.run(sql)
    }
  })
  const rows = await database.run(LANES)
  for (let from = 0; from < rows.length; from += LANES_AT_ONCE) {
    const lanes = new LaneSet()
    for (const row of rows.slice(from, from + LANES_AT_ONCE)) {
      lanes.add(row['program'] as string, row['lane'] as string)
    }
    await database.transact(async (transaction) => {
      await lockPrograms(
        transaction,
        lanes.list().map(({ program }) => program),
      )
      await refreshLanes(transaction, lanes)
    })
  }
  await database.run(ANALYZE)
}
