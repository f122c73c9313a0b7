import assert from 'node:assert/strict'
import type { AuditEntry, NewAuditEntry } from '../../../core/index.ts'
import { auditHash } from '../../../core/index.ts'

/** An entry with made-up but plausible fields. */
export function makeAudit(fields: Partial<NewAuditEntry> = {}): NewAuditEntry {
  return {
    at: Date.now(),
    actor: 'ci',
    action: 'config.program.put',
    target: 'deploy',
    outcome: 'done',
    detail: '{"changed":["timeoutSeconds"]}',
    client: '192.0.2.1',
    node: 'node-1',
    ...fields,
  }
}

/** Holds a whole log against itself: numbers without gaps, and every hash computed again. */
export function assertChain(entries: readonly AuditEntry[]): void {
  let previous = ''
  for (const [index, entry] of entries.entries()) {
    assert.equal(entry.sequence, index + 1)
    assert.equal(entry.hash, auditHash(previous, entry.sequence, entry))
    previous = entry.hash
  }
}
