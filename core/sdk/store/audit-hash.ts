import type { AuditEntry, NewAuditEntry } from '../../contracts/document.ts'
import type { StoreRow } from './rows.ts'

/**
 * The hash of an entry of the audit log: SHA-256, hex, over the hash before it and every field, in a fixed order. So
 * none can be changed, left out or put in between without changing all that come after.
 */
export function auditHash(previous: string, sequence: number, entry: NewAuditEntry): string {
  // At first use: no store needs it to open.
  const { createHash } = process.getBuiltinModule('node:crypto')
  const { at, actor, action, target, outcome, detail, client, node } = entry
  const fields = [previous, sequence, at, actor, action, target, outcome, detail, client, node]
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}

/** The entry that comes after the one in the row, which has its sequence and hash; undefined: after none. */
export function nextAuditEntry(before: StoreRow | undefined, entry: NewAuditEntry): AuditEntry {
  const sequence = Number(before?.['sequence'] ?? 0) + 1
  const hash = auditHash((before?.['hash'] ?? '') as string, sequence, entry)
  return { ...entry, sequence, hash }
}

/**
 * An entry as every store can keep it: well-formed text without NUL, whole milliseconds. Its hash is then the same
 * when it is read again.
 */
export function storableAuditEntry(entry: NewAuditEntry): NewAuditEntry {
  return {
    at: Math.trunc(entry.at),
    actor: withoutNul(entry.actor),
    action: withoutNul(entry.action),
    target: withoutNul(entry.target),
    outcome: entry.outcome,
    detail: withoutNul(entry.detail),
    client: entry.client === null ? null : withoutNul(entry.client),
    node: withoutNul(entry.node),
  }
}

function withoutNul(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}
