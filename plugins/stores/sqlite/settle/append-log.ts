import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'

const LAST_SEQUENCE = 'SELECT max(sequence) AS last FROM log_chunks WHERE task_id = ?'
const APPEND = `
  INSERT INTO log_chunks (task_id, sequence, attempt, stream, at, text) VALUES (?, ?, ?, ?, ?, ?)`

/** Output of programs. */
export function createAppendLogHandler({
  database,
  changes,
}: HandlerContext): Handlers<'appendLog'> {
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
  }
}
