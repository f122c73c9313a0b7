/**
 * What moves from one store to another, what others refer to first. Not nodes, which come by themselves; what is
 * derived (lanes, the starts that rates count) is made anew.
 */
export const TRANSFER_KINDS = [
  ...(['deliveries', 'events', 'tasks', 'attempts', 'log_chunks'] as const),
  ...(['documents', 'document_versions', 'audit', 'limits'] as const),
] as const

export type TransferKind = (typeof TRANSFER_KINDS)[number]

/** `integer` is whole and within what a number holds; times are ms since the epoch. */
export type TransferType = 'text' | 'integer' | 'boolean' | 'bytes'

export type TransferValue = string | number | boolean | Uint8Array | null

/** One value per field of its kind, in their order. */
export type TransferRow = readonly TransferValue[]

/** Where a row stands: the values of its key. */
export type TransferKey = readonly (string | number)[]

export interface TransferTable {
  /** The first so many fields are the key: rows are read in its order, text by its bytes. */
  readonly keyFields: number
  readonly fields: Readonly<Record<string, TransferType>>
}

/**
 * The fields of each kind. Headers, facts, decisions, results and the values of documents are JSON text; sealed values
 * move as they are. A task that runs moves with its lease, and so waits again when that is over. The one row of
 * `document_versions` has the newest version of any document.
 */
export const TRANSFER_TABLES: Readonly<Record<TransferKind, TransferTable>> = {
  deliveries: {
    keyFields: 1,
    fields: {
      ...{ id: 'text', source: 'text', received_at: 'integer', method: 'text', path: 'text' },
      ...{ headers: 'text', client: 'text', outcome: 'text', reason: 'text', original_id: 'text' },
      body: 'bytes',
    },
  },
  events: {
    keyFields: 2,
    fields: {
      ...{ delivery_id: 'text', id: 'text', position: 'integer', source: 'text', type: 'text' },
      ...{ sender_id: 'text', facts: 'text', decisions: 'text', payload: 'text' },
    },
  },
  tasks: {
    keyFields: 1,
    fields: {
      ...{ id: 'text', delivery_id: 'text', event_id: 'text', source: 'text', event_type: 'text' },
      ...{ rule: 'text', program: 'text', policy_key: 'text', priority: 'integer', state: 'text' },
      ...{ created_at: 'integer', due_at: 'integer', started_at: 'integer', ended_at: 'integer' },
      ...{ attempts: 'integer', fence: 'integer', node: 'text', lease_until: 'integer' },
      ...{ cancel_requested: 'boolean', replaced_by: 'text', exit_code: 'integer' },
      ...{ reason: 'text', result: 'text' },
    },
  },
  attempts: {
    keyFields: 2,
    fields: {
      ...{ task_id: 'text', number: 'integer', node: 'text', started_at: 'integer' },
      ...{ ended_at: 'integer', status: 'text', exit_code: 'integer', reason: 'text' },
    },
  },
  log_chunks: {
    keyFields: 2,
    fields: {
      ...{ task_id: 'text', sequence: 'integer', attempt: 'integer', stream: 'text' },
      ...{ at: 'integer', text: 'text' },
    },
  },
  documents: {
    keyFields: 2,
    fields: {
      ...{ collection: 'text', name: 'text', value: 'text', version: 'integer' },
      changed_at: 'integer',
    },
  },
  document_versions: { keyFields: 1, fields: { id: 'integer', newest: 'integer' } },
  audit: {
    keyFields: 1,
    fields: {
      ...{ sequence: 'integer', at: 'integer', actor: 'text', action: 'text', target: 'text' },
      ...{ outcome: 'text', detail: 'text', client: 'text', node: 'text', hash: 'text' },
    },
  },
  limits: {
    keyFields: 1,
    fields: {
      ...{ program: 'text', concurrency: 'integer', rate_count: 'integer', rate_ms: 'integer' },
    },
  },
}

/** How far a target has been filled: all kinds before `kind`, and of that the rows up to `after`; null: none. */
export interface TransferPosition {
  readonly kind: TransferKind
  readonly after: TransferKey | null
}

/** A store that is read to be moved. Nothing in it is changed. */
export interface TransferSource {
  /** Which store it is, for people, and to know it again: no secret is in it. */
  readonly name: string
  /** The next rows in order of their key: at most 1000, and about 8 MiB, but at least one. None: the kind has ended. */
  read(kind: TransferKind, after: TransferKey | null): Promise<readonly TransferRow[]>
  close(): Promise<void>
}

/** A store that is filled. No node can open it before `finish`. */
export interface TransferTarget extends TransferSource {
  /** Where to go on. */
  readonly position: TransferPosition
  /** When it was finished (ms since the epoch): then nothing can be written. Null: not yet. */
  readonly finishedAt: number | null
  /**
   * Commits rows that come next, with the position behind them. Throws `transfer_refused` where another process has
   * written since.
   */
  write(kind: TransferKind, rows: readonly TransferRow[]): Promise<void>
  /** Derives what is not moved, and lets nodes open the store. */
  finish(): Promise<void>
}

/** The ends of a move, each without `StoreInstance.open`. They throw `transfer_refused` where a node uses the store. */
export interface StoreTransfer {
  /** Throws where there is no store, it is of another version, or is itself not whole. */
  openSource(): Promise<TransferSource>
  /** `from` is the name of the source. Throws unless the store is empty, or was begun to be filled from that one. */
  openTarget(from: string): Promise<TransferTarget>
}
