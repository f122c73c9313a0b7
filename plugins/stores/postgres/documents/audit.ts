import {
  type AuditEntry,
  type AuditPage,
  auditPageSize,
  type NewAuditEntry,
  nextAuditEntry,
  storableAuditEntry,
} from '../../../../core/sdk/store.ts'
import type { Session } from '../database/database.ts'
import { storable, storableOrNull } from '../database/text.ts'
import { rows } from '../read/rows.ts'

const COLUMNS = 'sequence, at, actor, action, target, outcome, detail, client, node, hash'
const LOCK =
  "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' keeps the audit log', 0))"
const LAST = 'SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1'
const APPEND = `INSERT INTO audit (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
const READ = `SELECT ${COLUMNS} FROM audit WHERE sequence > $1 ORDER BY sequence`

/** Appends to the chain within a transaction. Other appends wait for its end. */
export async function appendAudit(session: Session, given: NewAuditEntry): Promise<AuditEntry> {
  await session.run(LOCK)
  const [before] = await session.run(LAST)
  const entry = nextAuditEntry(before, storableAuditEntry(given))
  await session.run(APPEND, [
    entry.sequence,
    entry.at,
    storable(entry.actor),
    storable(entry.action),
    storable(entry.target),
    entry.outcome,
    storable(entry.detail),
    storableOrNull(entry.client),
    storable(entry.node),
    entry.hash,
  ])
  return entry
}

export async function readAudit(
  session: Session,
  { after = 0, limit, tail = false }: AuditPage,
): Promise<readonly AuditEntry[]> {
  const sql = `${READ} ${tail ? 'DESC' : 'ASC'} LIMIT $2`
  const found = (await session.run(sql, [after, auditPageSize(limit)])).map(rows.toAuditEntry)
  return tail ? found.reverse() : found
}
