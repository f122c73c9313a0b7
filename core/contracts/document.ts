/** A named JSON value that Hookline stores for itself, such as managed config and access tokens. */
export interface StoredDocument {
  readonly collection: string
  /** Unique within its collection. */
  readonly name: string
  /** JSON text. */
  readonly value: string
  /** Number of the write that created it. Increases across the whole store and is never reused, even after a deletion. */
  readonly version: number
  /** Milliseconds since the epoch. */
  readonly changedAt: number
}

export interface DocumentWrite {
  readonly collection: string
  readonly name: string
  /** JSON text; null deletes it. */
  readonly value: string | null
  /** The version that must exist; null: no document may exist. Absent: no condition. */
  readonly expect?: number | null
}

export type DocumentsWritten =
  /** The new version per write; null for a deletion. */
  | { readonly ok: true; readonly versions: readonly (number | null)[] }
  /** Nothing was written: the expectation of the write with this index was not met. */
  | { readonly ok: false; readonly conflict: number }

/** The part of a store that keeps documents. */
export interface DocumentStore {
  /** Names of the collections with documents, sorted. */
  collections(): Promise<readonly string[]>
  /** Documents of a collection, sorted by name; with `name`, only that one, if it is there. */
  documents(collection: string, name?: string): Promise<readonly StoredDocument[]>
  /**
   * Commits all writes, in order, and the audit entry in one transaction. Deleting a document that does not exist changes
   * nothing and takes no version. Subscribers get one `documents` change per changed collection.
   */
  writeDocuments(
    writes: readonly DocumentWrite[],
    audit: NewAuditEntry | null,
  ): Promise<DocumentsWritten>
  /** The newest version in the store, including deletions; 0 before the first write. */
  documentsVersion(): Promise<number>
}

/** Who did what and when; committed together with the act. Never holds a secret. */
export interface NewAuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Name of the token or session, `hookline` for the service itself, or `unknown`. */
  readonly actor: string
  /** Dotted: `config.program.put`, `task.retry`, `access.refused`. */
  readonly action: string
  /** Name or id of what it was done to. */
  readonly target: string
  readonly outcome: 'done' | 'refused'
  /** JSON text without secrets: for a change, what changed. */
  readonly detail: string
  /** Address of the caller; null for the service itself. */
  readonly client: string | null
  readonly node: string
}

/** An entry of the audit log. */
export interface AuditEntry extends NewAuditEntry {
  /** From 1, without gaps, in commit order. */
  readonly sequence: number
  /** `auditHash` of the previous hash (empty for the first entry) and of this entry. */
  readonly hash: string
}

/** The part of a store that keeps the audit log. */
export interface AuditStore {
  /**
   * Stores, hashes and returns the entry as `storableAuditEntry` gives it. Concurrent calls may be stored in any order; a
   * call made after another one resolved is stored after it.
   */
  audit(entry: NewAuditEntry): Promise<AuditEntry>
  /** Entries by sequence, starting after `after`. */
  auditEntries(page: AuditPage): Promise<readonly AuditEntry[]>
}

export interface AuditPage {
  readonly after?: number
  /** 1 to 1000. */
  readonly limit: number
  /** True: the newest `limit` entries instead, also by sequence. */
  readonly tail?: boolean
}
