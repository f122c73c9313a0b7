import type { ZodObject, z } from 'zod'
import type { DeliveryOutcome } from './delivery.ts'
import type { AuditStore, DocumentStore } from './document.ts'
import type { Facts } from './event.ts'
import type { NodeRegistry } from './node-registry.ts'
import type { PluginContext, PluginUse } from './plugin.ts'
import type { ClaimedProgram, Replaces } from './policy.ts'
import type { StoreUpkeep } from './retention.ts'
import type { AttemptRecord, Decision, LogChunk, TaskRecord, TaskState } from './task.ts'

/** A delivery as it is kept. Secret headers are already masked. Times are milliseconds since the epoch. */
export interface DeliveryRecord {
  readonly id: string
  readonly source: string
  readonly receivedAt: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly client: string | null
  readonly body: Uint8Array
  readonly outcome: DeliveryOutcome
  /** Why it was refused. */
  readonly reason: string | null
  /** The delivery this one repeats (a duplicate) or replays. */
  readonly originalId: string | null
}

/** An event to be committed with its tasks. */
export interface NewEvent {
  readonly id: string
  readonly type: string
  /** Unique within the source; null is never a duplicate. */
  readonly senderId: string | null
  readonly facts: Facts
  /** The payload as JSON text; null where the delivery's body is exactly that. */
  readonly payload: string | null
  readonly decisions: readonly Decision[]
  readonly tasks: readonly NewTask[]
}

export interface NewTask {
  readonly id: string
  readonly rule: string
  readonly program: string
  readonly dueAt: number
  /** Tasks of one program and key share its limits. Null is a key too: that of a program without `policy.key`. */
  readonly policyKey: string | null
  /** −100 to 100: of the tasks due, the higher are claimed first. */
  readonly priority: number
  readonly replaces: Replaces
}

export interface AcceptEntry {
  readonly delivery: DeliveryRecord
  readonly events: readonly NewEvent[]
}

export interface AcceptedEvent {
  readonly id: string
  /** True where the sender's id was known: then `id` and `tasks` are those of the first. */
  readonly duplicate: boolean
  readonly tasks: readonly TaskSummary[]
}

export type TaskSummary = Pick<TaskRecord, 'id' | 'rule' | 'program' | 'state'>

export interface AcceptReceipt {
  /** The first delivery's id where every event is a duplicate. */
  readonly deliveryId: string
  readonly duplicate: boolean
  readonly events: readonly AcceptedEvent[]
}

export interface StoredEvent {
  readonly id: string
  readonly deliveryId: string
  readonly source: string
  readonly type: string
  readonly senderId: string | null
  readonly receivedAt: number
  readonly facts: Facts
  /** The payload as JSON text, always filled in. */
  readonly payload: string
  readonly decisions: readonly Decision[]
}

/** A node's time-limited claim. `fence` is the number of the claim: only its newest holder may settle. */
export interface Lease {
  readonly taskId: string
  readonly fence: number
}

export interface Claim {
  readonly lease: Lease
  readonly task: TaskRecord
  /** Like a `StoredEvent`, less its decisions. */
  readonly event: Omit<StoredEvent, 'decisions'>
}

export interface ClaimRequest {
  readonly node: string
  readonly limit: number
  readonly leaseSeconds: number
  /** Only tasks of these programs: what this node can run. */
  readonly programs: readonly ClaimedProgram[]
}

/** How an attempt ended and what becomes of the task. */
export interface Settlement {
  /**
   * `waiting` tries again at `dueAt` (default: now); a task that is to be cancelled, or was replaced, becomes
   * `cancelled` instead.
   */
  readonly state: Exclude<TaskState, 'running'>
  readonly attempt: 'succeeded' | 'failed' | 'cancelled' | 'returned'
  readonly dueAt?: number
  readonly exitCode: number | null
  readonly reason: string | null
  /** JSON text, or null. */
  readonly result: string | null
  /** Committed with the settlement, as by `accept`, or not at all: only where the task comes to `state`. */
  readonly followUp?: AcceptEntry
}

export interface RenewedLease {
  readonly taskId: string
  /** `lost`: another claim came since. `cancel`: still held, but the task is to be cancelled. */
  readonly status: 'held' | 'lost' | 'cancel'
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Give this back as `after` for the next page; null at the end. */
  readonly next: string | null
}

export interface TaskFilter {
  readonly state?: TaskState
  readonly program?: string
  readonly rule?: string
  readonly source?: string
  readonly deliveryId?: string
  readonly after?: string
  /** 1 to 200. */
  readonly limit: number
}

export interface DeliveryFilter {
  readonly source?: string
  readonly outcome?: DeliveryOutcome
  readonly after?: string
  readonly limit: number
}

/** A delivery in a list: all but the body. */
export type DeliverySummary = Omit<DeliveryRecord, 'body'> & { readonly bodyBytes: number }

export type StoreChange =
  /** There may be something to claim. */
  | { readonly kind: 'work' }
  | { readonly kind: 'task'; readonly taskId: string; readonly state: TaskState }
  | { readonly kind: 'cancel'; readonly taskId: string }
  | { readonly kind: 'log'; readonly taskId: string }
  /** Documents of the collection were written. */
  | { readonly kind: 'documents'; readonly collection: string }
  /** A node was told to drain, or to claim again. */
  | { readonly kind: 'node'; readonly name: string }
  /** The store cannot be used again by this process: the node ends. Told once. */
  | { readonly kind: 'failed'; readonly error: Error }

export interface LogEntry {
  readonly taskId: string
  /** Number of the attempt's record: the fence of its claim. */
  readonly attempt: number
  readonly stream: 'stdout' | 'stderr'
  readonly at: number
  readonly text: string
}

/** Where all lives that outlasts a process. Every promise that resolves stands for a durable commit or a read of one. */
export interface StoreInstance extends DocumentStore, AuditStore, NodeRegistry, StoreUpkeep {
  /** Opens and migrates. Throws `store_unavailable` or `store_too_new`. */
  open(): Promise<void>
  close(): Promise<void>
  /** Rejects when the store cannot commit just now. */
  ping(): Promise<void>

  /** Commits a delivery, its events, its tasks and what they replace at once; concurrent calls share a commit. */
  accept(entry: AcceptEntry): Promise<AcceptReceipt>
  /** Keeps a refused delivery. The newest 10,000 are kept. */
  refuse(delivery: DeliveryRecord): Promise<void>

  /**
   * Claims due tasks within the limits of their programs, by priority, then by `dueAt`, then by id, and counts the
   * attempt in the same statement. Tasks whose lease ran out wait again, and their attempt becomes `lost`.
   */
  claim(request: ClaimRequest): Promise<readonly Claim[]>
  /** Prolongs leases; answers one row per lease given. */
  renew(leases: readonly Lease[], leaseSeconds: number): Promise<readonly RenewedLease[]>
  /** False where the lease was lost: nothing is then changed. A `returned` attempt is not counted. */
  settle(lease: Lease, settlement: Settlement): Promise<boolean>
  /**
   * When the next waiting task may be claimed, or the next lease runs out (ms since the epoch); null if none. What
   * waits for a running task of its key does not count: `work` is told when that one ends.
   */
  nextDueAt(programs: readonly ClaimedProgram[]): Promise<number | null>

  /** A waiting task is cancelled at once, a running one asked to; a settled one stays. Null: no such task. */
  cancel(taskId: string): Promise<TaskRecord | null>
  /** A settled task waits again with its attempts at 0; its history stays. Others stay. Null: no such task. */
  retry(taskId: string): Promise<TaskRecord | null>

  appendLog(entries: readonly LogEntry[]): Promise<void>
  /** In order of sequence, from after `after`; at most `limit`. With `tail`, the last `limit`. */
  readLog(taskId: string, page: LogPage): Promise<readonly LogChunk[]>

  task(id: string): Promise<TaskRecord | null>
  attempts(taskId: string): Promise<readonly AttemptRecord[]>
  /** Newest first. */
  tasks(filter: TaskFilter): Promise<Page<TaskRecord>>
  countTasks(): Promise<Readonly<Record<TaskState, number>>>
  delivery(id: string): Promise<DeliveryRecord | null>
  deliveries(filter: DeliveryFilter): Promise<Page<DeliverySummary>>
  events(deliveryId: string): Promise<readonly StoredEvent[]>

  /** Tells of changes made through this instance and, where the store can, by other nodes. Returns the way to stop. */
  subscribe(listener: (change: StoreChange) => void): () => void
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
