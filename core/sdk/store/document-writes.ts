import type { DocumentsWritten, DocumentWrite } from '../../contracts/document.ts'

interface StoredVersions {
  /** Versions of the documents that are to be written, by `documentKey`. */
  readonly present: ReadonlyMap<string, number>
  /** The newest version of any document. */
  readonly newest: number
}

/** What writes do, in their order. */
export interface DocumentsPlan {
  readonly answer: DocumentsWritten
  /** The writes that change something, with the version of each. Empty if nothing may be written. */
  readonly writes: readonly (DocumentWrite & { readonly version: number })[]
  /** The newest version after the writes. */
  readonly newest: number
  /** Collections that change. */
  readonly collections: ReadonlySet<string>
}

/** Plans all writes, or none if one of them does not find the version it expects. */
export function planDocumentWrites(
  asked: readonly DocumentWrite[],
  stored: StoredVersions,
): DocumentsPlan {
  const present = new Map<string, number | null>(stored.present)
  let { newest } = stored
  const writes: (DocumentWrite & { readonly version: number })[] = []
  const versions: (number | null)[] = []
  for (const [index, write] of asked.entries()) {
    const key = documentKey(write.collection, write.name)
    const before = present.get(key) ?? null
    if (write.expect !== undefined && write.expect !== before) {
      const answer = { ok: false, conflict: index } as const
      return { answer, writes: [], newest: stored.newest, collections: new Set() }
    }
    const isDeletion = write.value === null
    if (!isDeletion || before !== null) {
      newest += 1
      present.set(key, isDeletion ? null : newest)
      writes.push({ ...write, version: newest })
    }
    versions.push(isDeletion ? null : newest)
  }
  const collections = new Set(writes.map(({ collection }) => collection))
  return { answer: { ok: true, versions }, writes, newest, collections }
}

export function documentKey(collection: string, name: string): string {
  return JSON.stringify([collection, name])
}
