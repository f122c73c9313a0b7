import { documentKey, planDocumentWrites } from '../../../../core/sdk/store/document-writes.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { rows } from '../read/rows.ts'
import type { AuditLog } from './audit.ts'

const COLLECTIONS = 'SELECT DISTINCT collection FROM documents ORDER BY collection'
const OF_COLLECTION = `
  SELECT collection, name, value, version, changed_at FROM documents WHERE collection = ? ORDER BY name`
const ONE = `
  SELECT collection, name, value, version, changed_at FROM documents WHERE collection = ? AND name = ?`
const VERSION_OF = 'SELECT version FROM documents WHERE collection = ? AND name = ?'
const NEWEST = 'SELECT newest FROM document_versions'
const SET_NEWEST = 'UPDATE document_versions SET newest = ?'
const PUT = `
  INSERT INTO documents (collection, name, value, version, changed_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (collection, name) DO UPDATE SET value = excluded.value, version = excluded.version,
    changed_at = excluded.changed_at`
const DELETE = 'DELETE FROM documents WHERE collection = ? AND name = ?'

/** Documents that Hookline keeps for itself. */
export function createDocumentHandlers(
  { database, changes }: HandlerContext,
  audit: AuditLog,
): Handlers<'collections' | 'documents' | 'writeDocuments' | 'documentsVersion'> {
  const newest = (): number => database.prepare(NEWEST).get()?.['newest'] as number

  return {
    collections: () =>
      database
        .prepare(COLLECTIONS)
        .all()
        .map((row) => row['collection'] as string),
    documents([collection, name]) {
      const found =
        name === undefined
          ? database.prepare(OF_COLLECTION).all(collection)
          : database.prepare(ONE).all(collection, name)
      return found.map(rows.toDocument)
    },

    writeDocuments([writes, entry, now]) {
      const present = new Map<string, number>()
      for (const { collection, name } of writes) {
        const row = database.prepare(VERSION_OF).get(collection, name)
        if (row !== undefined) present.set(documentKey(collection, name), row['version'] as number)
      }
      const plan = planDocumentWrites(writes, { present, newest: newest() })
      if (!plan.answer.ok) return plan.answer
      for (const { collection, name, value, version } of plan.writes) {
        if (value === null) database.prepare(DELETE).run(collection, name)
        else database.prepare(PUT).run(collection, name, value, version, now)
      }
      if (plan.writes.length > 0) database.prepare(SET_NEWEST).run(plan.newest)
      if (entry !== null) audit.append(entry)
      for (const collection of plan.collections) changes.push({ kind: 'documents', collection })
      return plan.answer
    },

    documentsVersion: newest,
  }
}
