import type {
  AttemptRecord,
  AuditEntry,
  AuditPage,
  Claim,
  ClaimedProgram,
  DeliveryFilter,
  DeliveryOutcome,
  DeliveryRecord,
  DeliverySummary,
  DocumentsWritten,
  DocumentWrite,
  ErrorCode,
  Lease,
  LogChunk,
  LogEntry,
  LogPage,
  NewAuditEntry,
  NodeRecord,
  NodeStatus,
  Page,
  ProgramBacklog,
  Pruned,
  PruneRequest,
  RenewedLease,
  Replaces,
  Settlement,
  StoreChange,
  StoredDocument,
  StoredEvent,
  TaskFilter,
  TaskRecord,
  TaskState,
  TaskSummary,
} from '../../../core/index.ts'

// Deliveries, events and tasks cross to the thread as arrays: cheaper to copy than objects.

/** id, source, receivedAt, method, path, headers (JSON), client, outcome, reason, originalId. */
export type PackedDelivery = readonly [
  id: string,
  source: string,
  receivedAt: number,
  method: string,
  path: string,
  headers: string,
  client: string | null,
  outcome: DeliveryOutcome,
  reason: string | null,
  originalId: string | null,
]

/** Facts and decisions are JSON. */
export type PackedEvent = readonly [
  id: string,
  type: string,
  senderId: string | null,
  facts: string,
  decisions: string,
  payload: string | null,
  tasks: readonly PackedTask[],
]

export type PackedTask = readonly [
  id: string,
  rule: string,
  program: string,
  dueAt: number,
  policyKey: string | null,
  priority: number,
  replaces: Replaces,
]

/** What `accept` commits, less the body. */
export type PackedEntry = readonly [delivery: PackedDelivery, events: readonly PackedEvent[]]

/** What the store already had of a delivery's events. */
export interface KnownEvents {
  /** The first delivery, where every event is a duplicate. */
  readonly originalId: string | null
  /** One per event, in order; null where the event is new. */
  readonly events: readonly ({
    readonly id: string
    readonly tasks: readonly TaskSummary[]
  } | null)[]
}

/** What the thread can be asked for. `now` is the caller's clock. */
export interface Operations {
  ping: { args: readonly [now: number]; answer: null }
  /** Answers null where every event is new. */
  accept: {
    args: readonly [delivery: PackedDelivery, events: readonly PackedEvent[], now: number]
    answer: KnownEvents | null
  }
  refuse: { args: readonly [delivery: PackedDelivery]; answer: null }
  claim: {
    args: readonly [
      node: string,
      limit: number,
      leaseUntil: number,
      programs: readonly ClaimedProgram[],
      now: number,
    ]
    answer: readonly Claim[]
  }
  renew: {
    args: readonly [leases: readonly Lease[], leaseUntil: number]
    answer: readonly RenewedLease[]
  }
  settle: {
    args: readonly [
      lease: Lease,
      settlement: Omit<Settlement, 'followUp'>,
      now: number,
      followUp: PackedEntry | null,
    ]
    answer: boolean
  }
  nextDueAt: {
    args: readonly [programs: readonly ClaimedProgram[], now: number]
    answer: number | null
  }
  cancel: { args: readonly [taskId: string, now: number]; answer: TaskRecord | null }
  retry: { args: readonly [taskId: string, now: number]; answer: TaskRecord | null }
  appendLog: { args: readonly [entries: readonly LogEntry[]]; answer: null }
  readLog: { args: readonly [taskId: string, page: LogPage]; answer: readonly LogChunk[] }
  task: { args: readonly [id: string]; answer: TaskRecord | null }
  attempts: { args: readonly [taskId: string]; answer: readonly AttemptRecord[] }
  tasks: { args: readonly [filter: TaskFilter]; answer: Page<TaskRecord> }
  countTasks: { args: readonly []; answer: Readonly<Record<TaskState, number>> }
  delivery: { args: readonly [id: string]; answer: DeliveryRecord | null }
  deliveries: { args: readonly [filter: DeliveryFilter]; answer: Page<DeliverySummary> }
  events: { args: readonly [deliveryId: string]; answer: readonly StoredEvent[] }
  collections: { args: readonly []; answer: readonly string[] }
  documents: { args: readonly [collection: string]; answer: readonly StoredDocument[] }
  writeDocuments: {
    args: readonly [writes: readonly DocumentWrite[], audit: NewAuditEntry | null, now: number]
    answer: DocumentsWritten
  }
  documentsVersion: { args: readonly []; answer: number }
  audit: { args: readonly [entry: NewAuditEntry]; answer: AuditEntry }
  auditEntries: { args: readonly [page: AuditPage]; answer: readonly AuditEntry[] }
  announceNode: {
    args: readonly [status: NodeStatus, now: number]
    answer: { readonly draining: boolean }
  }
  removeNode: { args: readonly [name: string]; answer: null }
  nodes: { args: readonly [now: number]; answer: readonly NodeRecord[] }
  drainNode: { args: readonly [name: string, draining: boolean, now: number]; answer: boolean }
  prune: { args: readonly [request: PruneRequest]; answer: Pruned }
  backlog: { args: readonly []; answer: readonly ProgramBacklog[] }
}

export type OperationName = keyof Operations

/** Some of the operations, as the thread carries them out. `body` is empty but for a delivery. */
export type Handlers<Names extends OperationName> = {
  readonly [Name in Names]: (
    args: Operations[Name]['args'],
    body: Uint8Array,
  ) => Operations[Name]['answer']
}

/** One call on its way. Its body is the next `bodyBytes` of the batch's bodies. */
export type PackedCall = readonly [name: OperationName, args: readonly unknown[], bodyBytes: number]

export type ToThread =
  | { readonly kind: 'open'; readonly path: string; readonly now: number }
  | { readonly kind: 'calls'; readonly calls: readonly PackedCall[]; readonly bodies: Uint8Array }
  | { readonly kind: 'close' }

export type FromThread =
  | { readonly kind: 'opened' }
  | { readonly kind: 'open_failed'; readonly failure: Failure }
  /** Answers to the oldest calls not yet answered, in order. */
  | {
      readonly kind: 'answers'
      readonly answers: readonly unknown[]
      /** By index of the answer. */
      readonly failures: ReadonlyMap<number, Failure>
      readonly changes: readonly StoreChange[]
    }

/** An error as it crosses from the thread. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly cause: string
}
