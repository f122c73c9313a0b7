import type { LogEntry, NextTask, Settlement } from '../contracts/store.ts'
import type { ApprovalDecision, AttemptRecord, LogChunk, TaskRecord } from '../contracts/task.ts'
import { isHooklineError } from '../errors/errors.ts'
import { parseKeepingDigits } from '../kit/exact-json.ts'
import { looksSealed, type Sealer, type SealingContext } from './sealer.ts'

/** Seals the reason and the result of a settlement. Its follow-up stays as it is. */
export function sealSettlement(sealer: Sealer, taskId: string, settlement: Settlement): Settlement {
  const { reason, result, next } = settlement
  const sealed = (context: SealingContext, json: string | null) =>
    json === null ? null : JSON.stringify(sealer.seal(context, json))
  return {
    ...settlement,
    reason: reason === null ? null : sealer.seal(contextOf('reason', taskId), reason),
    result: sealed(contextOf('result', taskId), result),
    ...(next && withResult(next, sealed(contextOf('previous', next.id), next.previous.result))),
  }
}

export function sealDecision(
  sealer: Sealer,
  taskId: string,
  decision: ApprovalDecision,
): ApprovalDecision {
  const { reason } = decision
  const sealed = reason === null ? null : sealer.seal(contextOf('reason', taskId), reason)
  return { ...decision, reason: sealed }
}

export function escapeSettlement(sealer: Sealer, settlement: Settlement): Settlement {
  const { reason, result, next } = settlement
  return {
    ...settlement,
    reason: reason === null ? null : sealer.escape(reason),
    result: escapeResult(sealer, result),
    ...(next && withResult(next, escapeResult(sealer, next.previous.result))),
  }
}

function withResult(next: NextTask, result: string | null): Pick<Settlement, 'next'> {
  return { next: { ...next, previous: { ...next.previous, result } } }
}

/** Gives the fault as the reason if a part cannot be opened, so that the task itself can still be shown. */
export function openTask(sealer: Sealer, stored: TaskRecord): TaskRecord {
  const { id, reason, result, previous } = stored
  try {
    return {
      ...stored,
      reason: openTaskReason(sealer, id, reason),
      result: openResult(sealer, contextOf('result', id), result),
      previous: openPrevious(sealer, stored),
    }
  } catch (error) {
    const closed = previous && { ...previous, result: null }
    return { ...stored, reason: unopened(error), result: null, previous: closed }
  }
}

/** Throws `key_missing` or `sealed_value_broken`. */
export function openPrevious(
  sealer: Sealer,
  { id, previous }: Pick<TaskRecord, 'id' | 'previous'>,
): TaskRecord['previous'] {
  if (previous === null) return null
  return { ...previous, result: openResult(sealer, contextOf('previous', id), previous.result) }
}

function openResult(sealer: Sealer, context: SealingContext, result: unknown): unknown {
  return isSealedResult(result) ? parseKeepingDigits(sealer.open(context, result)) : result
}

export function openAttempt(sealer: Sealer, taskId: string, stored: AttemptRecord): AttemptRecord {
  try {
    return { ...stored, reason: openTaskReason(sealer, taskId, stored.reason) }
  } catch (error) {
    return { ...stored, reason: unopened(error) }
  }
}

export function sealLog(sealer: Sealer, entry: LogEntry): LogEntry {
  return { ...entry, text: sealer.seal(logContext(entry.taskId, entry), entry.text) }
}

export function escapeLog(sealer: Sealer, entry: LogEntry): LogEntry {
  return looksSealed(entry.text) ? { ...entry, text: sealer.escape(entry.text) } : entry
}

/** Gives the fault as the text of a chunk that cannot be opened. The other chunks can still be read. */
export function openChunk(sealer: Sealer, taskId: string, stored: LogChunk): LogChunk {
  try {
    return { ...stored, text: sealer.open(logContext(taskId, stored), stored.text) }
  } catch (error) {
    return { ...stored, text: `[${unopened(error)}]\n` }
  }
}

/** Throws `key_missing` or `sealed_value_broken`. */
export function openTaskReason(
  sealer: Sealer,
  taskId: string,
  stored: string | null,
): string | null {
  return stored === null ? null : sealer.open(contextOf('reason', taskId), stored)
}

function isSealedResult(result: unknown): result is string {
  return typeof result === 'string' && looksSealed(result)
}

// A sealed result is a JSON string, so only a string can look like a sealed result.
function escapeResult(sealer: Sealer, json: string | null): string | null {
  if (json === null) return null
  if (!json.trimStart().startsWith('"') || !isSealedResult(JSON.parse(json))) return json
  return JSON.stringify(sealer.mark(json))
}

function unopened(error: unknown): string {
  if (!isHooklineError(error)) throw error
  return `${error.code}: ${error.message}`
}

function contextOf(kind: 'reason' | 'result' | 'previous', taskId: string): SealingContext {
  return { kind, path: ['task', taskId] }
}

function logContext(
  taskId: string,
  { attempt, stream }: Pick<LogChunk, 'attempt' | 'stream'>,
): SealingContext {
  return { kind: 'log', path: ['task', taskId, String(attempt), stream] }
}
