import { createHash } from 'node:crypto'
import type { StoredEvent } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'

/**
 * Stands for what is approved: the task, when its wait ends, and the event as it is stored. Whoever approves names it, so
 * that nothing is approved that was not shown. SHA-256, hex.
 */
export function approvalDigest(task: TaskRecord, event: StoredEvent): string {
  const { id, rule, program, step, approval, previous } = task
  const { source, type, facts, payload } = event
  const shown = [id, rule, program, step, approval?.until ?? null, previous, event.id]
  return createHash('sha256')
    .update(JSON.stringify([...shown, source, type, facts, payload]))
    .digest('hex')
}
