/** A named JSON value that Hookline itself keeps in the store: managed config, access tokens. */
export interface StoredDocument {
  readonly collection: string
  /** Unique within its collection. */
  readonly name: string
  /** JSON text. */
  readonly value: string
  /** Number of the write that made it. Grows across the whole store and is never given twice, not after a deletion either. */
  readonly version: number
  /** Milliseconds since the epoch. */
  readonly changedAt: number
}

export interface DocumentWrite {
  readonly collection: string
  readonly name: string
  /** JSON text; null deletes it. */
  readonly value: string | null
  /** The version it must have; null: it must not be there. Absent: whatever is there. */
  readonly expect?: number | null
}

export type DocumentsWritten =
  /** Per write, the version it made; null where it deleted. */
  | { readonly ok: true; readonly versions: readonly (number | null)[] }
  /** Nothing was written: the write of this index did not find what it expected. */
  | { readonly ok: false; readonly conflict: number }

/** The part of a store that keeps documents. */
export interface DocumentStore {
  /** Those that hold a document, in order. */
  collections(): Promise<readonly string[]>
  /** In order of name. */
  documents(collection: string): Promise<readonly StoredDocument[]>
  /**
   * All writes, in order, and the audit entry, at once or not at all. A deletion of what is not there changes nothing
   * and takes no version. Each collection that changed is told once, as a `documents` change.
   */
  writeDocuments(
    writes: readonly DocumentWrite[],
    audit: NewAuditEntry | null,
  ): Promise<DocumentsWritten>
  /** The newest version in the store, deletions counted; 0 before the first write. */
  documentsVersion(): Promise<number>
}

/** Who did what, when, to be committed with what was done. Never holds a secret. */
export interface NewAuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Name of the token or session, `hookline` for the service itself, or `unknown`. */
  readonly actor: string
  /** Dotted: `config.program.put`, `task.retry`, `access.refused`. */
  readonly action: string
  /** What it was done to: a name or an id. */
  readonly target: string
  readonly outcome: 'done' | 'refused'
  /** JSON text, masked: for a change, what changed. */
  readonly detail: string
  /** Address of the caller; null for the service itself. */
  readonly client: string | null
  readonly node: string
}

/** An entry of the audit log. */
export interface AuditEntry extends NewAuditEntry {
  /** From 1, without gaps, in the order of commits. */
  readonly sequence: number
  /** `auditHash` of the entry before (empty text for the first) and of this one. */
  readonly hash: string
}

/** The part of a store that keeps the audit log. */
export interface AuditStore {
  /**
   * Keeps, hashes and answers the entry as `storableAuditEntry` makes it. Of calls under way together, either may come
   * first; a call made after the answer to another comes after it.
   */
  audit(entry: NewAuditEntry): Promise<AuditEntry>
  /** In order of sequence, from after `after`. */
  auditEntries(page: AuditPage): Promise<readonly AuditEntry[]>
}

export interface AuditPage {
  readonly after?: number
  /** 1 to 1000. */
  readonly limit: number
  /** The newest `limit` instead, still in order of sequence. */
  readonly tail?: boolean
}
