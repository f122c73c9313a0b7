import type { ZodObject, z } from 'zod'
import type { AcceptEntry, AcceptReceipt, DeliveryRecord, NextTask } from './accept.ts'
import type { BulkChanged, BulkChanges } from './bulk.ts'
import type { CountStore } from './counts.ts'
import type { AuditStore, DocumentStore } from './document.ts'
import type { Facts } from './event.ts'
import type { DeliveryFilter, DeliveryOutline, DeliverySummary, Page, TaskFilter } from './lists.ts'
import type { NodeRegistry } from './node-registry.ts'
import type { BreakerUse, PauseStore } from './pause.ts'
import type { PluginContext, PluginUse } from './plugin.ts'
import type { ClaimedProgram } from './policy.ts'
import type { ProjectionStore } from './projection.ts'
import type { StoreUpkeep } from './retention.ts'
import type {
  ApprovalDecision,
  AttemptRecord,
  Decision,
  HandedOver,
  LogChunk,
  PendingApproval,
  TaskRecord,
  TaskState,
} from './task.ts'

export type * from './accept.ts'
export type * from './lists.ts'
export type * from './projection.ts'

export interface StoredEvent {
  readonly id: string
  readonly deliveryId: string
  readonly source: string
  readonly type: string
  readonly senderId: string | null
  readonly receivedAt: number
  readonly facts: Facts
  /** The payload as JSON text; never null. */
  readonly payload: string
  readonly decisions: readonly Decision[]
}

/** A node's time-limited claim on a task. `fence` is the number of the claim: only the newest holder may settle. */
export interface Lease {
  readonly taskId: string
  readonly fence: number
}

export interface Claim {
  readonly lease: Lease
  readonly task: TaskRecord
  readonly event: Omit<StoredEvent, 'decisions'>
  /** The task is a probe of an open breaker. */
  readonly isProbe?: true
}

export interface ClaimRequest {
  readonly node: string
  readonly limit: number
  readonly leaseSeconds: number
  /** The programs that this node can run. Only their tasks are claimed. */
  readonly programs: readonly ClaimedProgram[]
  /** Whether tasks with lost attempts are passed over. Default false: one of them may be claimed. */
  readonly skipsLost?: boolean
  /**
   * The leases that the node holds. A store that only one node can use does not take back their tasks, whatever the clock
   * says: it may have been set forward. Default: none.
   */
  readonly held?: readonly Lease[]
}

/** How an attempt ended and what becomes of the task. */
export interface Settlement {
  /**
   * The state that the task changes to. `waiting` runs it again at `dueAt` (default: now); a task that was replaced, or
   * whose cancellation was requested, becomes `cancelled` instead.
   */
  readonly state: Exclude<TaskState, 'running'>
  readonly attempt: 'succeeded' | 'failed' | 'cancelled' | 'returned'
  readonly dueAt?: number
  readonly exitCode: number | null
  readonly reason: string | null
  /** JSON text, or null. */
  readonly result: string | null
  /** Accepted in the same transaction, but only if the task changes to `state`. */
  readonly followUp?: AcceptEntry
  /**
   * The task of the next step of the rule, for the same event; added in the same transaction. It is left out if the task has
   * a next one already, was replaced, or was to be cancelled.
   */
  readonly next?: NextTask
  /** Absent: no breaker counts the task. */
  readonly breaker?: BreakerUse
}

export interface RenewedLease {
  readonly taskId: string
  /** `lost`: a newer claim exists. `cancel`: still held, but cancellation was requested. */
  readonly status: 'held' | 'lost' | 'cancel'
}

/** A running task whose attempt is at an outside engine. It has no lease; its fence settles it. */
export interface HandedOverTask {
  readonly lease: Lease
  readonly handedOver: HandedOver
  /** Start of the attempt, in ms since the epoch. */
  readonly startedAt: number
  readonly cancelRequested: boolean
}

export type StoreChange =
  /** There may be tasks to claim. */
  | { readonly kind: 'work' }
  /** Deliveries were stored, whatever their outcome. */
  | { readonly kind: 'delivery' }
  | { readonly kind: 'task'; readonly taskId: string; readonly state: TaskState }
  | { readonly kind: 'cancel'; readonly taskId: string }
  | { readonly kind: 'log'; readonly taskId: string }
  /** Documents of the collection were written. */
  | { readonly kind: 'documents'; readonly collection: string }
  /** Lists, search and charts have more than before. */
  | { readonly kind: 'projected' }
  /** A node was told to drain, or to claim again. */
  | { readonly kind: 'node'; readonly name: string }
  /** Changes by other nodes may have been missed. */
  | { readonly kind: 'missed' }
  /** A pause began, changed or ended. */
  | { readonly kind: 'pause' }
  /** This process cannot use the store any more, so the node ends. Sent once. */
  | { readonly kind: 'failed'; readonly error: Error }

export interface LogEntry {
  readonly taskId: string
  /** Number of the attempt, which is the fence of its claim. */
  readonly attempt: number
  readonly stream: 'stdout' | 'stderr'
  readonly at: number
  readonly text: string
}

/** Keeps everything that outlasts a process. A promise resolves only after a durable commit, or a read of one. */
export interface StoreInstance
  extends DocumentStore,
    AuditStore,
    NodeRegistry,
    PauseStore,
    CountStore,
    StoreUpkeep,
    ProjectionStore {
  /** Opens and migrates the store. Throws `store_unavailable` or `store_too_new`. */
  open(): Promise<void>
  close(): Promise<void>
  /** Rejects if the store cannot commit at the moment. */
  ping(): Promise<void>

  /** Commits a delivery, its events, their tasks and what these replace at once. Concurrent calls share a commit. */
  accept(entry: AcceptEntry): Promise<AcceptReceipt>
  /** Stores a refused delivery. The newest 10,000 are kept. */
  refuse(delivery: DeliveryRecord): Promise<void>

  /**
   * Claims due tasks within the limits of their programs, ordered by priority, `dueAt` and id, and counts the attempt in
   * the same statement. Tasks whose lease expired wait again, and their attempt becomes `lost`: it then counts as one of
   * `lostAttempts` instead of `attempts`. Of all tasks with lost attempts, a call claims at most one, so that a node can
   * run them one at a time. One that is passed over holds up its key. Tasks that a pause holds back are passed over, and
   * hold up nothing; of a program whose breaker is open, a call claims at most one task, as a probe.
   */
  claim(request: ClaimRequest): Promise<readonly Claim[]>
  /** Extends leases. Returns one row per given lease. */
  renew(leases: readonly Lease[], leaseSeconds: number): Promise<readonly RenewedLease[]>
  /**
   * Ends the lease of a task whose attempt goes on at an outside engine. The task stays `running`, and any node may settle
   * it by its fence. Returns false, and changes nothing, if the lease was lost.
   */
  handOver(lease: Lease, handedOver: HandedOver): Promise<boolean>
  /** The running tasks of a program that were handed over, ordered by id: at most `limit`, with ids after `after`. */
  handedOver(program: string, page: HandedOverPage): Promise<readonly HandedOverTask[]>
  /** Returns false, and changes nothing, if the lease was lost. A `returned` attempt is not counted. */
  settle(lease: Lease, settlement: Settlement): Promise<boolean>
  /**
   * When the next waiting task may be claimed, or the next lease expires (ms since the epoch); null if there is none. A
   * task that waits for a running one of its key does not count: a `work` change is sent when that one ends. With
   * `skipsLost`, tasks with lost attempts do not count either.
   */
  nextDueAt(programs: readonly ClaimedProgram[], skipsLost?: boolean): Promise<number | null>

  /** Cancels a waiting task, and requests it of a running one. A settled task stays as it is. Null: no such task. */
  cancel(taskId: string): Promise<TaskRecord | null>
  /** Lets a settled task wait again with 0 attempts, also lost ones, and its history. Others stay as they are. Null: no such task. */
  retry(taskId: string): Promise<TaskRecord | null>
  /**
   * Ends the wait for an approval, and accepts the event in the same transaction. An approved task waits to be claimed; else it is
   * cancelled. Null, and nothing is changed: it does not wait for one (any more), its time is over, or is not over yet for
   * `expired`.
   */
  decide(
    taskId: string,
    decision: ApprovalDecision,
    event: AcceptEntry | null,
  ): Promise<TaskRecord | null>
  /** The tasks that wait for an approval, ordered by id: at most `limit`, with ids after `after`. */
  pendingApprovals(page: HandedOverPage): Promise<readonly PendingApproval[]>
  /** Changes many tasks and accepts deliveries, in this order, if the documents that record it can be written. */
  bulk(changes: BulkChanges, entries?: readonly AcceptEntry[]): Promise<BulkChanged>

  appendLog(entries: readonly LogEntry[]): Promise<void>
  /** At most `limit` chunks after the sequence `after`, in order. With `tail`, the last `limit` chunks. */
  readLog(taskId: string, page: LogPage): Promise<readonly LogChunk[]>

  task(id: string): Promise<TaskRecord | null>
  attempts(taskId: string): Promise<readonly AttemptRecord[]>
  /** Newest first. Results of more than 32 KiB may be left out: see `TaskRecord.leftOut`. */
  tasks(filter: TaskFilter): Promise<Page<TaskRecord>>
  countTasks(): Promise<Readonly<Record<TaskState, number>>>
  delivery(id: string): Promise<DeliveryRecord | null>
  deliveries(filter: DeliveryFilter): Promise<Page<DeliverySummary>>
  events(deliveryId: string): Promise<readonly StoredEvent[]>
  /** Those of the ids that its sender gave to an event of the source. At most 1000 ids. */
  knownSenderIds(source: string, senderIds: readonly string[]): Promise<readonly string[]>
  /** Outlines of deliveries, with at most `limit` events and tasks of each. Those that are not there are left out. */
  outlines(deliveryIds: readonly string[], limit: number): Promise<readonly DeliveryOutline[]>

  /** Reports changes by this instance and, if the store can, by other nodes. Returns a function that stops it. */
  subscribe(listener: (change: StoreChange) => void): () => void
}

/** A page in the order of ids. */
export interface HandedOverPage {
  readonly after?: string
  readonly limit: number
}

export interface LogPage {
  readonly after?: number
  readonly limit: number
  readonly tail?: boolean
}

/** A store plugin. */
export interface StoreDefinition<
  Name extends string = string,
  Options extends ZodObject = ZodObject,
> {
  readonly kind: 'store'
  readonly name: Name
  readonly summary: string
  readonly options: Options
  create(options: z.output<Options>, context: PluginContext): StoreInstance
}

export type StoreUse = PluginUse<StoreDefinition>
