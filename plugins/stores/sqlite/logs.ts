import type { HandlerContext } from './context.ts'
import type { Handlers } from './messages.ts'
import { toLogChunk } from './rows.ts'

const LAST_SEQUENCE = 'SELECT max(sequence) AS last FROM log_chunks WHERE task_id = ?'
const APPEND = `
  INSERT INTO log_chunks (task_id, sequence, attempt, stream, at, text) VALUES (?, ?, ?, ?, ?, ?)`
const COLUMNS = 'sequence, attempt, stream, at, text'
const READ = `
  SELECT ${COLUMNS} FROM log_chunks WHERE task_id = ? AND sequence > ? ORDER BY sequence LIMIT ?`
const READ_TAIL = `
  SELECT ${COLUMNS} FROM log_chunks WHERE task_id = ? AND sequence > ? ORDER BY sequence DESC LIMIT ?`

/** Output of programs. */
export function createLogHandlers({
  database,
  changes,
}: HandlerContext): Handlers<'appendLog' | 'readLog'> {
  const lastSequence = database.prepare(LAST_SEQUENCE)
  const append = database.prepare(APPEND)

  return {
    appendLog([entries]) {
      const sequences = new Map<string, number>()
      for (const { taskId, attempt, stream, at, text } of entries) {
        const last = sequences.get(taskId) ?? Number(lastSequence.get(taskId)?.['last'] ?? 0)
        append.run(taskId, last + 1, attempt, stream, Math.trunc(at), text)
        sequences.set(taskId, last + 1)
      }
      for (const taskId of sequences.keys()) changes.push({ kind: 'log', taskId })
      return null
    },

    readLog([taskId, { after = 0, limit, tail = false }]) {
      const rows = database.prepare(tail ? READ_TAIL : READ).all(taskId, after, limit)
      const chunks = rows.map(toLogChunk)
      return tail ? chunks.reverse() : chunks
    },
  }
}
