import { createHash } from 'node:crypto'
import type { AuditEntry, NewAuditEntry } from '../../../core/index.ts'
import type { HandlerContext } from './context.ts'
import type { Database } from './database.ts'
import type { Handlers } from './messages.ts'

const MAX_PAGE = 1_000

const LAST = 'SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1'
const APPEND = `
  INSERT INTO audit (sequence, at, actor, action, target, outcome, detail, client, node, hash)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const COLUMNS = 'sequence, at, actor, action, target, outcome, detail, client, node, hash'
const READ = `SELECT ${COLUMNS} FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?`
const READ_TAIL = `SELECT ${COLUMNS} FROM audit WHERE sequence > ? ORDER BY sequence DESC LIMIT ?`

/** Appends within the open transaction. */
export interface AuditLog {
  append(entry: NewAuditEntry): AuditEntry
}

export function prepareAudit(database: Database): AuditLog {
  const last = database.prepare(LAST)
  const insert = database.prepare(APPEND)
  return {
    append(entry) {
      const before = last.get()
      const sequence = Number(before?.['sequence'] ?? 0) + 1
      const { at, actor, action, target, outcome, detail, client, node } = entry
      const fields = [at, actor, action, target, outcome, detail, client, node] as const
      const hash = hashOf([before?.['hash'] ?? '', sequence, ...fields])
      insert.run(sequence, ...fields, hash)
      return { ...entry, sequence, hash }
    },
  }
}

/** The audit log. */
export function createAuditHandlers(
  { database }: HandlerContext,
  audit: AuditLog,
): Handlers<'audit' | 'auditEntries'> {
  return {
    audit: ([entry]) => audit.append(entry),
    auditEntries([{ after = 0, limit, tail = false }]) {
      const size = Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE)
      const rows = database.prepare(tail ? READ_TAIL : READ).all(after, size)
      const entries = rows.map(toEntry)
      return tail ? entries.reverse() : entries
    },
  }
}

// `auditHash` once more: core is not loaded into the thread, since that would make each start 200 ms longer. The
// contract's cases hold both against each other.
function hashOf(fields: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}

function toEntry(row: Readonly<Record<string, unknown>>): AuditEntry {
  return {
    sequence: row['sequence'] as number,
    at: row['at'] as number,
    actor: row['actor'] as string,
    action: row['action'] as string,
    target: row['target'] as string,
    outcome: row['outcome'] as AuditEntry['outcome'],
    detail: row['detail'] as string,
    client: row['client'] as string | null,
    node: row['node'] as string,
    hash: row['hash'] as string,
  }
}
