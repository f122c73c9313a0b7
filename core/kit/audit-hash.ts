import { createHash } from 'node:crypto'
import type { NewAuditEntry } from '../contracts/document.ts'

/**
 * The hash of an entry of the audit log: SHA-256, hex, over the hash before it and every field, in a fixed order. So
 * none can be changed, left out or put in between without changing all that come after.
 */
export function auditHash(previous: string, sequence: number, entry: NewAuditEntry): string {
  const { at, actor, action, target, outcome, detail, client, node } = entry
  const fields = [previous, sequence, at, actor, action, target, outcome, detail, client, node]
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}
