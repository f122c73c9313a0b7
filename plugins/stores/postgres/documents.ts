import type {
  DocumentsWritten,
  DocumentWrite,
  NewAuditEntry,
  StoredDocument,
} from '../../../core/index.ts'
import { appendAudit } from './audit.ts'
import type { Row, Session } from './database.ts'
import { readable, storable } from './text.ts'
import type { Batch } from './writes.ts'

const COLLECTIONS = 'SELECT DISTINCT collection FROM documents ORDER BY collection'
const OF_COLLECTION = `
  SELECT collection, name, value, version, changed_at FROM documents WHERE collection = $1 ORDER BY name`
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
): Promise<readonly StoredDocument[]> {
  return (await session.run(OF_COLLECTION, [storable(collection)])).map(toDocument)
}

export async function documentsVersion(session: Session): Promise<number> {
  const [row] = await session.run(NEWEST)
  return row?.['newest'] as number
}

/** All writes or none; nothing is written before each was found to fit. */
export async function writeDocuments(
  batch: Batch,
  writes: readonly DocumentWrite[],
  audit: NewAuditEntry | null,
): Promise<DocumentsWritten> {
  const { transaction, now, changes } = batch
  const [row] = await transaction.run(LOCK)
  const newest = row?.['newest'] as number
  const steps = planWrites(writes, { present: await readPresent(transaction, writes), newest })
  if (typeof steps === 'number') return { ok: false, conflict: steps }
  const done = steps.filter(({ version }) => version !== null)
  for (const { collection, name, value, version } of done) {
    const key = [storable(collection), storable(name)]
    if (value === null) await transaction.run(DELETE, key)
    else await transaction.run(PUT, [...key, storable(value), version, now])
  }
  await transaction.run(SET_NEWEST, [done.at(-1)?.version ?? newest])
  if (audit !== null) await appendAudit(transaction, audit)
  for (const collection of new Set(done.map((step) => step.collection))) {
    changes.push({ kind: 'documents', collection })
  }
  const versions = steps.map(({ value, version }) => (value === null ? null : version))
  return { ok: true, versions }
}

interface Step extends DocumentWrite {
  /** Number of the write; null where there is nothing to delete. */
  readonly version: number | null
}

// Goes through the writes in order; answers the index of the one that does not find what it expects.
function planWrites(
  writes: readonly DocumentWrite[],
  { present, newest }: { readonly present: Map<string, number>; readonly newest: number },
): readonly Step[] | number {
  let last = newest
  const steps: Step[] = []
  for (const [index, write] of writes.entries()) {
    const key = keyOf(write.collection, write.name)
    const before = present.get(key) ?? null
    if (write.expect !== undefined && write.expect !== before) return index
    if (write.value === null && before === null) {
      steps.push({ ...write, version: null })
      continue
    }
    last += 1
    if (write.value === null) present.delete(key)
    else present.set(key, last)
    steps.push({ ...write, version: last })
  }
  return steps
}

async function readPresent(
  session: Session,
  writes: readonly DocumentWrite[],
): Promise<Map<string, number>> {
  const rows = await session.run(PRESENT, [
    writes.map(({ collection }) => storable(collection)),
    writes.map(({ name }) => storable(name)),
  ])
  return new Map(
    rows.map((row) => [
      keyOf(readable(row['collection'] as string), readable(row['name'] as string)),
      row['version'] as number,
    ]),
  )
}

function keyOf(collection: string, name: string): string {
  return JSON.stringify([collection, name])
}

function toDocument(row: Row): StoredDocument {
  return {
    collection: readable(row['collection'] as string),
    name: readable(row['name'] as string),
    value: readable(row['value'] as string),
    version: row['version'] as number,
    changedAt: row['changed_at'] as number,
  }
}
