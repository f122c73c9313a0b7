/**
 * Kinds of rows that move from one store to another. A kind comes before those that refer to it. Nodes do not move: they
 * announce themselves. Derived rows (lanes, the starts that rates count) are made by the target.
 */
export const TRANSFER_KINDS = [
  'deliveries',
  'events',
  'tasks',
  'attempts',
  'log_chunks',
  'documents',
  'document_versions',
  'audit',
  'limits',
  'pauses',
  'breakers',
] as const

export type TransferKind = (typeof TRANSFER_KINDS)[number]

/** `integer` is a safe integer. Times are milliseconds since the epoch. */
export type TransferType = 'text' | 'integer' | 'boolean' | 'bytes'

export type TransferValue = string | number | boolean | Uint8Array | null

/** One value per field of its kind, in the order of the fields. */
export type TransferRow = readonly TransferValue[]

/** The values of a row's key. */
export type TransferKey = readonly (string | number)[]

export interface TransferTable {
  /** Number of leading fields that form the key. Rows are read in its order; text is ordered by its bytes. */
  readonly keyFields: number
  readonly fields: Readonly<Record<string, TransferType>>
}

/**
 * The fields of each kind. Headers, facts, decisions, results and values of documents are JSON text. Sealed values move
 * as they are. A running task moves with its lease, so it waits again once the lease expires. The only row of
 * `document_versions` holds the newest version of any document.
 */
export const TRANSFER_TABLES: Readonly<Record<TransferKind, TransferTable>> = {
  deliveries: {
    keyFields: 1,
    fields: {
      id: 'text',
      source: 'text',
      received_at: 'integer',
      method: 'text',
      path: 'text',
      headers: 'text',
      client: 'text',
      outcome: 'text',
      reason: 'text',
      original_id: 'text',
      recovered: 'text',
      body: 'bytes',
    },
  },
  events: {
    keyFields: 2,
    fields: {
      delivery_id: 'text',
      id: 'text',
      position: 'integer',
      source: 'text',
      type: 'text',
      sender_id: 'text',
      facts: 'text',
      decisions: 'text',
      payload: 'text',
    },
  },
  tasks: {
    keyFields: 1,
    fields: {
      id: 'text',
      delivery_id: 'text',
      event_id: 'text',
      source: 'text',
      event_type: 'text',
      rule: 'text',
      program: 'text',
      policy_key: 'text',
      priority: 'integer',
      state: 'text',
      created_at: 'integer',
      due_at: 'integer',
      started_at: 'integer',
      ended_at: 'integer',
      attempts: 'integer',
      lost_attempts: 'integer',
      fence: 'integer',
      node: 'text',
      lease_until: 'integer',
      handed_over: 'text',
      cancel_requested: 'boolean',
      replaced_by: 'text',
      exit_code: 'integer',
      reason: 'text',
      result: 'text',
      parked_by: 'text',
      parked_due_at: 'integer',
      previous: 'text',
      next_id: 'text',
      approval: 'text',
    },
  },
  attempts: {
    keyFields: 2,
    fields: {
      task_id: 'text',
      number: 'integer',
      node: 'text',
      started_at: 'integer',
      ended_at: 'integer',
      status: 'text',
      exit_code: 'integer',
      reason: 'text',
    },
  },
  log_chunks: {
    keyFields: 2,
    fields: {
      task_id: 'text',
      sequence: 'integer',
      attempt: 'integer',
      stream: 'text',
      at: 'integer',
      text: 'text',
    },
  },
  documents: {
    keyFields: 2,
    fields: {
      collection: 'text',
      name: 'text',
      value: 'text',
      version: 'integer',
      changed_at: 'integer',
    },
  },
  document_versions: { keyFields: 1, fields: { id: 'integer', newest: 'integer' } },
  audit: {
    keyFields: 1,
    fields: {
      sequence: 'integer',
      at: 'integer',
      actor: 'text',
      action: 'text',
      target: 'text',
      outcome: 'text',
      detail: 'text',
      client: 'text',
      node: 'text',
      hash: 'text',
    },
  },
  limits: {
    keyFields: 1,
    fields: {
      program: 'text',
      concurrency: 'integer',
      rate_count: 'integer',
      rate_ms: 'integer',
    },
  },
  pauses: {
    keyFields: 2,
    fields: {
      kind: 'text',
      name: 'text',
      since: 'integer',
      actor: 'text',
      reason: 'text',
      is_resuming: 'boolean',
      released_priority: 'integer',
      released_due_at: 'integer',
      released_id: 'text',
      probe_ms: 'integer',
      probe_at: 'integer',
      probe_task: 'text',
    },
  },
  breakers: { keyFields: 1, fields: { program: 'text', dead: 'integer' } },
}

/** How far a target has been filled: all kinds before `kind`, and its rows up to `after` (null: none of them). */
export interface TransferPosition {
  readonly kind: TransferKind
  readonly after: TransferKey | null
}

/** A store that is read by a move. It is not changed. */
export interface TransferSource {
  /** Identifies the store, for people and for a later run. Contains no secret. */
  readonly name: string
  /** The next rows by key: at most 1000 and about 8 MiB, but at least one. Empty at the end of the kind. */
  read(kind: TransferKind, after: TransferKey | null): Promise<readonly TransferRow[]>
  close(): Promise<void>
}

/** A store that is filled by a move. No node can open it before `finish`. */
export interface TransferTarget extends TransferSource {
  /** Where to continue. */
  readonly position: TransferPosition
  /** When it was finished (ms since the epoch). After that, nothing can be written. Null: not yet. */
  readonly finishedAt: number | null
  /**
   * Commits the next rows together with the position after them. Throws `transfer_refused` if another process has
   * written since.
   */
  write(kind: TransferKind, rows: readonly TransferRow[]): Promise<void>
  /** Derives the rows that are not moved, and lets nodes open the store. */
  finish(): Promise<void>
}

/** The two ends of a move. They need no `StoreInstance.open`, and throw `transfer_refused` if a node uses the store. */
export interface StoreTransfer {
  /** Throws if there is no store, or if it has another version or is incomplete. */
  openSource(): Promise<TransferSource>
  /** `from` is the name of the source. Throws unless the store is empty or partly filled from that source. */
  openTarget(from: string): Promise<TransferTarget>
}
