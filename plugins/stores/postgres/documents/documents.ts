import {
  type DocumentsWritten,
  type DocumentWrite,
  documentKey,
  type NewAuditEntry,
  planDocumentWrites,
  type StoredDocument,
} from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import type { Session } from '../database/database.ts'
import { readable, storable } from '../database/text.ts'
import { rows } from '../read/rows.ts'
import { appendAudit } from './audit.ts'

const COLLECTIONS = 'SELECT DISTINCT collection FROM documents ORDER BY collection'
const OF_COLLECTION = `
  SELECT collection, name, value, version, changed_at FROM documents
  WHERE collection = $1 AND ($2::text IS NULL OR name = $2) ORDER BY name`
const NEWEST = 'SELECT newest FROM document_versions'
const LOCK = `${NEWEST} FOR UPDATE`
const PRESENT = `
  SELECT d.collection, d.name, d.version FROM documents d
  JOIN (SELECT DISTINCT collection, name FROM unnest($1::text[], $2::text[]) AS w (collection, name)) AS asked
    ON asked.collection = d.collection AND asked.name = d.name`
const PUT = `
  INSERT INTO documents (collection, name, value, version, changed_at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (collection, name) DO UPDATE SET value = excluded.value, version = excluded.version,
    changed_at = excluded.changed_at`
const DELETE = 'DELETE FROM documents WHERE collection = $1 AND name = $2'
const SET_NEWEST = 'UPDATE document_versions SET newest = $1'

/** Collections that hold a document, in order. */
export async function collections(session: Session): Promise<readonly string[]> {
  return (await session.run(COLLECTIONS)).map((row) => readable(row['collection'] as string))
}

export async function documents(
  session: Session,
  collection: string,
  name?: string,
): Promise<readonly StoredDocument[]> {
  const values = [storable(collection), name === undefined ? null : storable(name)]
  return (await session.run(OF_COLLECTION, values)).map(rows.toDocument)
}

export async function documentsVersion(session: Session): Promise<number> {
  const [row] = await session.run(NEWEST)
  return row?.['newest'] as number
}

/** Carries out all writes or none. */
export async function writeDocuments(
  batch: Batch,
  asked: readonly DocumentWrite[],
  audit: NewAuditEntry | null,
): Promise<DocumentsWritten> {
  const { transaction, now, changes } = batch
  const [row] = await transaction.run(LOCK)
  const present = await readPresent(transaction, asked)
  const plan = planDocumentWrites(asked, { present, newest: row?.['newest'] as number })
  if (!plan.answer.ok) return plan.answer
  for (const { collection, name, value, version } of plan.writes) {
    const key = [storable(collection), storable(name)]
    if (value === null) await transaction.run(DELETE, key)
    else await transaction.run(PUT, [...key, storable(value), version, now])
  }
  await transaction.run(SET_NEWEST, [plan.newest])
  if (audit !== null) await appendAudit(transaction, audit)
  for (const collection of plan.collections) changes.push({ kind: 'documents', collection })
  return plan.answer
}

async function readPresent(
  session: Session,
  writes: readonly DocumentWrite[],
): Promise<Map<string, number>> {
  const found = await session.run(PRESENT, [
    writes.map(({ collection }) => storable(collection)),
    writes.map(({ name }) => storable(name)),
  ])
  return new Map(
    found.map((row) => [
      documentKey(readable(row['collection'] as string), readable(row['name'] as string)),
      row['version'] as number,
    ]),
  )
}
