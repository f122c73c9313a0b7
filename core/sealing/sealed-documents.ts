import type { DocumentStore, DocumentWrite, StoredDocument } from '../contracts/document.ts'
import type { Key } from './key.ts'
import { Sealer, type SealingContext } from './sealer.ts'

/**
 * Collection with one document for each key that payloads were sealed with. It is sealed with that key, so that a lost
 * key is noticed at the start.
 */
export const KEYS = 'keys'

/** The values of documents are always sealed. */
export function sealWrite(sealer: Sealer, write: DocumentWrite): DocumentWrite {
  if (write.value === null) return write
  return { ...write, value: sealer.seal(contextOf(write), write.value) }
}

/** Throws `key_missing` or `sealed_value_broken`. */
export function openDocument(sealer: Sealer, stored: StoredDocument): StoredDocument {
  return { ...stored, value: sealer.openSealed(contextOf(stored), stored.value) }
}

/** Opens every document, to check that no key is missing. Throws as `openDocument` does. */
export async function checkDocuments(store: DocumentStore, sealer: Sealer): Promise<void> {
  for (const collection of await store.collections()) {
    for (const stored of await store.documents(collection)) openDocument(sealer, stored)
  }
}

/** Records that payloads are sealed with a key. */
export async function recordKey(store: DocumentStore, key: Key): Promise<void> {
  await store.writeDocuments([keyRecord(key)], null)
}

/** The record of a key. It is written only if there is none yet. */
function keyRecord(key: Key): DocumentWrite {
  const sealer = new Sealer({ sealing: () => key, find: () => key })
  const record = { collection: KEYS, name: key.id, value: '{"seals":"payloads"}' }
  return { ...sealWrite(sealer, record), expect: null }
}

function contextOf({
  collection,
  name,
}: Pick<DocumentWrite, 'collection' | 'name'>): SealingContext {
  return { kind: 'document', path: ['document', collection, name] }
}
