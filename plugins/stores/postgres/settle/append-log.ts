import type { LogEntry } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { storable } from '../database/text.ts'

const APPEND = `
  INSERT INTO log_chunks (task_id, sequence, attempt, stream, at, text)
  SELECT r.task_id, last.sequence + row_number() OVER (PARTITION BY r.task_id ORDER BY r.place),
    r.attempt, r.stream, r.at, r.text
  FROM json_to_recordset($1::json) AS r (
    place integer, task_id text, attempt bigint, stream text, at bigint, text text
  )
  JOIN tasks ON tasks.id = r.task_id
  CROSS JOIN LATERAL (
    SELECT coalesce(max(sequence), 0) AS sequence FROM log_chunks WHERE task_id = r.task_id
  ) AS last`

/** Output of programs. */
export async function appendLog(
  { transaction, changes }: Batch,
  entries: readonly LogEntry[],
): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map(({ taskId, attempt, stream, at, text }, place) => ({
    place,
    task_id: storable(taskId),
    attempt,
    stream,
    at: Math.trunc(at),
    text: storable(text),
  }))
  await transaction.run(APPEND, [JSON.stringify(rows)])
  for (const taskId of new Set(entries.map((entry) => entry.taskId))) {
    changes.push({ kind: 'log', taskId })
  }
}
