import type { LogEntry, Settlement } from '../../contracts/store.ts'
import type { AttemptRecord, LogChunk, TaskRecord } from '../../contracts/task.ts'
import { isHooklineError } from '../errors.ts'
import { looksSealed, type Sealer, type Spot } from './sealer.ts'

/** The reason and the result of a settlement, sealed; what follows it is not looked at. */
export function sealSettlement(sealer: Sealer, taskId: string, settlement: Settlement): Settlement {
  const { reason, result } = settlement
  return {
    ...settlement,
    reason: reason === null ? null : sealer.seal(spotOf('reason', taskId), reason),
    result: result === null ? null : JSON.stringify(sealer.seal(spotOf('result', taskId), result)),
  }
}

export function escapeSettlement(sealer: Sealer, settlement: Settlement): Settlement {
  const { reason, result } = settlement
  return {
    ...settlement,
    reason: reason === null ? null : sealer.escape(reason),
    result: result === null ? null : escapeResult(sealer, result),
  }
}

/** What cannot be opened is left out, with the reason in its place: what was done to a task is to be known in any case. */
export function openTask(sealer: Sealer, stored: TaskRecord): TaskRecord {
  const { id, reason, result } = stored
  try {
    return {
      ...stored,
      reason: openReason(sealer, id, reason),
      result: isSealedResult(result)
        ? JSON.parse(sealer.open(spotOf('result', id), result))
        : result,
    }
  } catch (error) {
    return { ...stored, reason: unopened(error), result: null }
  }
}

export function openAttempt(sealer: Sealer, taskId: string, stored: AttemptRecord): AttemptRecord {
  try {
    return { ...stored, reason: openReason(sealer, taskId, stored.reason) }
  } catch (error) {
    return { ...stored, reason: unopened(error) }
  }
}

export function sealLog(sealer: Sealer, entry: LogEntry): LogEntry {
  return { ...entry, text: sealer.seal(logSpot(entry.taskId, entry), entry.text) }
}

export function escapeLog(sealer: Sealer, entry: LogEntry): LogEntry {
  return looksSealed(entry.text) ? { ...entry, text: sealer.escape(entry.text) } : entry
}

/** A chunk that cannot be opened says so; those beside it can still be read. */
export function openChunk(sealer: Sealer, taskId: string, stored: LogChunk): LogChunk {
  try {
    return { ...stored, text: sealer.open(logSpot(taskId, stored), stored.text) }
  } catch (error) {
    return { ...stored, text: `[${unopened(error)}]\n` }
  }
}

function openReason(sealer: Sealer, taskId: string, stored: string | null): string | null {
  return stored === null ? null : sealer.open(spotOf('reason', taskId), stored)
}

function isSealedResult(result: unknown): result is string {
  return typeof result === 'string' && looksSealed(result)
}

// A sealed result is a JSON string, so only a string can look like one.
function escapeResult(sealer: Sealer, json: string): string {
  if (!json.trimStart().startsWith('"') || !isSealedResult(JSON.parse(json))) return json
  return JSON.stringify(sealer.mark(json))
}

function unopened(error: unknown): string {
  if (!isHooklineError(error)) throw error
  return `${error.code}: ${error.message}`
}

function spotOf(kind: 'reason' | 'result', taskId: string): Spot {
  return { kind, place: ['task', taskId] }
}

function logSpot(taskId: string, { attempt, stream }: Pick<LogChunk, 'attempt' | 'stream'>): Spot {
  return { kind: 'log', place: ['task', taskId, String(attempt), stream] }
}
