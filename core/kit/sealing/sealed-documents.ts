import type { DocumentStore, DocumentWrite, StoredDocument } from '../../contracts/document.ts'
import type { Key } from './key.ts'
import { type Place, Sealer, type Spot } from './sealer.ts'

/** One document for each key that payloads were sealed with, sealed with that key: a key that is lost is found out at the start. */
export const KEYS = 'keys'

/** The values of documents are always sealed. */
export function sealWrite(sealer: Sealer, write: DocumentWrite): DocumentWrite {
  if (write.value === null) return write
  return { ...write, value: sealer.seal(spotOf(write), write.value) }
}

/** Throws `key_missing` or `sealed_value_broken`. */
export function openDocument(sealer: Sealer, stored: StoredDocument): StoredDocument {
  return { ...stored, value: sealer.openSealed(spotOf(stored), stored.value) }
}

/** Opens every document, to find out whether all keys are there. Throws as `openDocument` does. */
export async function checkDocuments(store: DocumentStore, sealer: Sealer): Promise<void> {
  for (const collection of await store.collections()) {
    for (const stored of await store.documents(collection)) openDocument(sealer, stored)
  }
}

/** Records that payloads are sealed with a key from now on. */
export async function recordKey(store: DocumentStore, key: Key): Promise<void> {
  await store.writeDocuments([keyRecord(key)], null)
}

/** The record of a key, to be written where there is none. */
export function keyRecord(key: Key): DocumentWrite {
  const sealer = new Sealer({ sealing: () => key, find: () => key })
  const record = { collection: KEYS, name: key.id, value: '{"seals":"payloads"}' }
  return { ...sealWrite(sealer, record), expect: null }
}

function spotOf({ collection, name }: Pick<DocumentWrite, 'collection' | 'name'>): Spot {
  const place: Place = ['document', collection, name]
  return { kind: 'document', place }
}
