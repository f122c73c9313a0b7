import { nextAuditEntry } from '../../../../core/sdk/store/audit-hash.ts'
import { auditPageSize } from '../../../../core/sdk/store/pages.ts'
import type { AuditEntry, NewAuditEntry } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import type { SqliteDatabase } from '../database/database.ts'
import { rows } from '../read/rows.ts'

const COLUMNS = 'sequence, at, actor, action, target, outcome, detail, client, node, hash'
const LAST = 'SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1'
const APPEND = `INSERT INTO audit (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const READ = `SELECT ${COLUMNS} FROM audit WHERE sequence > ? ORDER BY sequence`

export type AuditLog = ReturnType<typeof prepareAudit>

/** Appends within the open transaction. */
export function prepareAudit(database: SqliteDatabase) {
  const last = database.prepare(LAST)
  const insert = database.prepare(APPEND)
  return {
    append(given: NewAuditEntry): AuditEntry {
      const entry = nextAuditEntry(last.get(), given)
      const { sequence, at, actor, action, target, outcome, detail, client, node, hash } = entry
      insert.run(sequence, at, actor, action, target, outcome, detail, client, node, hash)
      return entry
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
      const sql = `${READ} ${tail ? 'DESC' : 'ASC'} LIMIT ?`
      const found = database.prepare(sql).all(after, auditPageSize(limit)).map(rows.toAuditEntry)
      return tail ? found.reverse() : found
    },
  }
}
