import {
  type AuditEntry,
  type AuditPage,
  auditHash,
  type NewAuditEntry,
  storableAuditEntry,
} from '../../../core/index.ts'
import type { Row, Session } from './database.ts'
import { readable, readableOrNull, storable, storableOrNull } from './text.ts'

const MAX_PAGE = 1_000

const LOCK =
  "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' keeps the audit log', 0))"
const LAST = 'SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1'
const COLUMNS = 'sequence, at, actor, action, target, outcome, detail, client, node, hash'
const APPEND = `INSERT INTO audit (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
const READ = `SELECT ${COLUMNS} FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2`
const READ_TAIL = `SELECT ${COLUMNS} FROM audit WHERE sequence > $1 ORDER BY sequence DESC LIMIT $2`

/** Appends to the chain within a transaction; whoever else appends waits for its end. */
export async function appendAudit(session: Session, given: NewAuditEntry): Promise<AuditEntry> {
  await session.run(LOCK)
  const [before] = await session.run(LAST)
  const entry = storableAuditEntry(given)
  const sequence = Number(before?.['sequence'] ?? 0) + 1
  const hash = auditHash((before?.['hash'] as string | undefined) ?? '', sequence, entry)
  const { at, actor, action, target, outcome, detail, client, node } = entry
  await session.run(APPEND, [
    ...[sequence, at, storable(actor), storable(action), storable(target), outcome],
    ...[storable(detail), storableOrNull(client), storable(node), hash],
  ])
  return { ...entry, sequence, hash }
}

export async function readAudit(
  session: Session,
  { after = 0, limit, tail = false }: AuditPage,
): Promise<readonly AuditEntry[]> {
  const size = Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE)
  const entries = (await session.run(tail ? READ_TAIL : READ, [after, size])).map(toEntry)
  return tail ? entries.reverse() : entries
}

function toEntry(row: Row): AuditEntry {
  return {
    sequence: row['sequence'] as number,
    at: row['at'] as number,
    actor: readable(row['actor'] as string),
    action: readable(row['action'] as string),
    target: readable(row['target'] as string),
    outcome: row['outcome'] as AuditEntry['outcome'],
    detail: readable(row['detail'] as string),
    client: readableOrNull(row['client']),
    node: readable(row['node'] as string),
    hash: row['hash'] as string,
  }
}
