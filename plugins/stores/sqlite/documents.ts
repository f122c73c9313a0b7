import type { DocumentWrite, StoredDocument } from '../../../core/index.ts'
import type { AuditLog } from './audit.ts'
import type { HandlerContext } from './context.ts'
import type { Database } from './database.ts'
import type { Handlers } from './messages.ts'

const COLLECTIONS = 'SELECT DISTINCT collection FROM documents ORDER BY collection'
const OF_COLLECTION = `
  SELECT collection, name, value, version, changed_at FROM documents WHERE collection = ? ORDER BY name`
const VERSION_OF = 'SELECT version FROM documents WHERE collection = ? AND name = ?'
const NEWEST = 'SELECT newest FROM document_versions'
const NEXT = 'UPDATE document_versions SET newest = newest + 1 RETURNING newest'
const PUT = `
  INSERT INTO documents (collection, name, value, version, changed_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (collection, name) DO UPDATE SET value = excluded.value, version = excluded.version,
    changed_at = excluded.changed_at`
const DELETE = 'DELETE FROM documents WHERE collection = ? AND name = ?'

/** What Hookline keeps for itself. */
export function createDocumentHandlers(
  { database, changes }: HandlerContext,
  audit: AuditLog,
): Handlers<'collections' | 'documents' | 'writeDocuments' | 'documentsVersion'> {
  const write = prepareWrite(database)

  return {
    collections: () =>
      database
        .prepare(COLLECTIONS)
        .all()
        .map((row) => row['collection'] as string),
    documents: ([collection]) => database.prepare(OF_COLLECTION).all(collection).map(toDocument),

    writeDocuments([writes, entry, now]) {
      const versions: (number | null)[] = []
      const changed = new Set<string>()
      database.prepare('SAVEPOINT documents_written').run()
      for (const [index, each] of writes.entries()) {
        const written = write(each, now)
        if (written === 'conflict') {
          database.prepare('ROLLBACK TO documents_written').run()
          database.prepare('RELEASE documents_written').run()
          return { ok: false, conflict: index }
        }
        versions.push(each.value === null ? null : written)
        if (written !== null) changed.add(each.collection)
      }
      if (entry !== null) audit.append(entry)
      database.prepare('RELEASE documents_written').run()
      for (const collection of changed) changes.push({ kind: 'documents', collection })
      return { ok: true, versions }
    },

    documentsVersion: () => database.prepare(NEWEST).get()?.['newest'] as number,
  }
}

// Answers the number of the write; null where there was nothing to delete.
function prepareWrite(database: Database) {
  const versionOf = database.prepare(VERSION_OF)
  const next = database.prepare(NEXT)
  return (
    { collection, name, value, expect }: DocumentWrite,
    now: number,
  ): number | null | 'conflict' => {
    const present = (versionOf.get(collection, name)?.['version'] ?? null) as number | null
    if (expect !== undefined && expect !== present) return 'conflict'
    if (value === null && present === null) return null
    const version = next.get()?.['newest'] as number
    if (value === null) database.prepare(DELETE).run(collection, name)
    else database.prepare(PUT).run(collection, name, value, version, now)
    return version
  }
}

function toDocument(row: Readonly<Record<string, unknown>>): StoredDocument {
  return {
    collection: row['collection'] as string,
    name: row['name'] as string,
    value: row['value'] as string,
    version: row['version'] as number,
    changedAt: row['changed_at'] as number,
  }
}
