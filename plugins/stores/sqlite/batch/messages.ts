import type { KnownEvents } from '../../../../core/sdk/store/receipt.ts'
import type {
  ApprovalDecision,
  BlockPlace,
  BreakerUse,
  BulkChanged,
  BulkChanges,
  Claim,
  ClaimedProgram,
  ClaimRequest,
  DeliveryFilter,
  DeliveryOutcome,
  DeliverySummary,
  DocumentsWritten,
  DocumentWrite,
  ErrorCode,
  HandedOver,
  HandedOverPage,
  IdPlaces,
  Lease,
  LogEntry,
  NewAuditEntry,
  NewPause,
  NodeRecord,
  NodeStatus,
  PageBounds,
  PauseRecord,
  PauseTarget,
  PendingApproval,
  Recovery,
  RenewedLease,
  Replaces,
  SegmentInfo,
  SegmentKind,
  Settlement,
  StoreChange,
  StoreInstance,
  TaskFilter,
  TaskRecord,
} from '../../../../core/sdk/store.ts'

// Deliveries, events and tasks are sent to the thread as arrays, which are cheaper to copy than objects.

/** id, source, receivedAt, method, path, headers (JSON), client, outcome, reason, originalId, recovered. */
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
  recovered: Recovery | null,
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
  approvalMs: number | null,
]

/** What `accept` commits, without the body. */
export type PackedEntry = readonly [delivery: PackedDelivery, events: readonly PackedEvent[]]

type PassedOn =
  | ('task' | 'attempts' | 'tasks' | 'countTasks' | 'backlog' | 'readLog' | 'prune')
  | ('delivery' | 'deliveries' | 'events' | 'outlines' | 'knownSenderIds')
  | ('collections' | 'documents' | 'handedOver')
  | ('documentsVersion' | 'audit' | 'auditEntries' | 'pauses')
  | ('unprojected' | 'project' | 'smallSegments' | 'segment' | 'nextSegment' | 'replaceSegments')
  | ('counts' | 'errors')

/** Calls that reach the thread with the arguments that the store is given. */
type PassedOnOperations = {
  readonly [Name in PassedOn]: {
    args: Parameters<StoreInstance[Name]>
    answer: Awaited<ReturnType<StoreInstance[Name]>>
  }
}

/** Calls that the thread answers. `now` is the caller's clock. */
export interface Operations extends PassedOnOperations {
  ping: { args: readonly [now: number]; answer: null }
  /** The answer is null if every event is new. */
  accept: {
    args: readonly [delivery: PackedDelivery, events: readonly PackedEvent[], now: number]
    answer: KnownEvents | null
  }
  refuse: { args: readonly [delivery: PackedDelivery]; answer: null }
  claim: {
    args: readonly [
      request: Required<Pick<ClaimRequest, 'node' | 'limit' | 'skipsLost' | 'held'>>,
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
      settlement: Omit<Settlement, 'followUp' | 'breaker'>,
      now: number,
      followUp: PackedEntry | null,
      breaker: BreakerUse<PackedEntry> | null,
      /** The first bytes of the body are that of the follow-up, the others that of the event of the breaker. */
      followUpBytes: number,
    ]
    answer: boolean
  }
  handOver: {
    args: readonly [lease: Lease, handedOver: HandedOver, now: number]
    answer: boolean
  }
  nextDueAt: {
    args: readonly [programs: readonly ClaimedProgram[], skipsLost: boolean, now: number]
    answer: number | null
  }
  pause: {
    args: readonly [pause: NewPause, event: PackedEntry | null, now: number]
    answer: PauseRecord
  }
  resume: {
    args: readonly [target: PauseTarget, event: PackedEntry | null, now: number]
    answer: PauseRecord | null
  }
  /** Returns how many tasks were corrected. */
  correctDueTimes: { args: readonly [now: number]; answer: number }
  cancel: { args: readonly [taskId: string, now: number]; answer: TaskRecord | null }
  retry: { args: readonly [taskId: string, now: number]; answer: TaskRecord | null }
  decide: {
    args: readonly [
      taskId: string,
      decision: ApprovalDecision,
      event: PackedEntry | null,
      now: number,
    ]
    answer: TaskRecord | null
  }
  pendingApprovals: {
    args: readonly [page: HandedOverPage, now: number]
    answer: readonly PendingApproval[]
  }
  /** The bodies of the entries follow one another in the body of the call. */
  bulk: {
    args: readonly [
      changes: BulkChanges,
      entries: readonly (readonly [entry: PackedEntry, bodyBytes: number])[],
      now: number,
    ]
    answer: BulkChanged
  }
  appendLog: { args: readonly [entries: readonly LogEntry[]]; answer: null }
  writeDocuments: {
    args: readonly [writes: readonly DocumentWrite[], audit: NewAuditEntry | null, now: number]
    answer: DocumentsWritten
  }
  announceNode: {
    args: readonly [status: NodeStatus, now: number]
    answer: { readonly draining: boolean }
  }
  removeNode: { args: readonly [name: string]; answer: null }
  nodes: { args: readonly [now: number]; answer: readonly NodeRecord[] }
  segmentsWithin: {
    args: readonly [kind: SegmentKind, bounds: PageBounds]
    answer: readonly SegmentInfo[]
  }
  blocks: {
    args: readonly [places: readonly BlockPlace[]]
    answer: readonly (Uint8Array | null)[]
  }
  idsAt: { args: readonly [places: readonly IdPlaces[]]; answer: readonly (readonly string[])[] }
  idsOf: { args: readonly [segments: readonly number[]]; answer: readonly (string | null)[] }
  listedTasks: {
    args: readonly [filter: TaskFilter, bounds: PageBounds]
    answer: readonly string[]
  }
  listedDeliveries: {
    args: readonly [filter: DeliveryFilter, bounds: PageBounds]
    answer: readonly string[]
  }
  tasksAmong: {
    args: readonly [filter: TaskFilter, ids: readonly string[]]
    answer: readonly TaskRecord[]
  }
  deliveriesAmong: {
    args: readonly [filter: DeliveryFilter, ids: readonly string[]]
    answer: readonly DeliverySummary[]
  }
  drainNode: { args: readonly [name: string, draining: boolean, now: number]; answer: boolean }
}

export type OperationName = keyof Operations

/** Some of the operations, as the thread carries them out. `body` is empty except for a delivery. */
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
  /** The file is damaged, which was found beside the thread. */
  | { readonly kind: 'damaged'; readonly failure: Failure }
  | { readonly kind: 'close' }

export type FromThread =
  | { readonly kind: 'opened' }
  | { readonly kind: 'open_failed'; readonly failure: Failure }
  /** Answers to the oldest calls without an answer, in order. */
  | {
      readonly kind: 'answers'
      readonly answers: readonly unknown[]
      /** By index of the answer. */
      readonly failures: ReadonlyMap<number, Failure>
      readonly changes: readonly StoreChange[]
    }

/** An error as the thread sends it. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly cause: string
  /** Replaces the remedy of the code. */
  readonly remedy?: string
}
