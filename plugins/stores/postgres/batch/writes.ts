import type {
  AcceptEntry,
  AcceptReceipt,
  ApprovalDecision,
  DeliveryRecord,
  HandedOver,
  Lease,
  LogEntry,
  Settlement,
  StoreChange,
  TaskChanges,
  TaskRecord,
} from '../../../../core/sdk/store.ts'
import type { LaneSet } from '../claim/lanes.ts'
import type { Transaction } from '../database/database.ts'
import type { StoreClock } from '../database/store-clock.ts'

/** The calls that share transactions, and their answers. */
export interface WriteAnswers {
  ping: null
  accept: AcceptReceipt
  refuse: null
  settle: boolean
  handOver: boolean
  cancel: TaskRecord | null
  retry: TaskRecord | null
  decide: TaskRecord | null
  appendLog: null
  /** Whether the task was changed. */
  change: boolean
}

/** One call with its arguments. */
export type WriteCall =
  | { readonly kind: 'ping' }
  | { readonly kind: 'accept'; readonly entry: AcceptEntry }
  | { readonly kind: 'refuse'; readonly delivery: DeliveryRecord }
  | { readonly kind: 'settle'; readonly lease: Lease; readonly settlement: Settlement }
  | { readonly kind: 'handOver'; readonly lease: Lease; readonly handedOver: HandedOver }
  | { readonly kind: 'cancel'; readonly taskId: string }
  | { readonly kind: 'retry'; readonly taskId: string }
  | {
      readonly kind: 'decide'
      readonly taskId: string
      readonly decision: ApprovalDecision
      readonly event: AcceptEntry | null
    }
  | { readonly kind: 'appendLog'; readonly entries: readonly LogEntry[] }
  | { readonly kind: 'change'; readonly taskId: string; readonly change: TaskChanges }

/** One attempt at a transaction, and what it has gathered so far. */
export interface Batch {
  readonly transaction: Transaction
  readonly clock: StoreClock
  /** The store's time. */
  readonly now: number
  readonly changes: StoreChange[]
  /** Lanes whose waiting tasks have changed. */
  readonly touched: LaneSet
}

/** An entry to be accepted: with the index of its call, or null for a follow-up. */
export interface Incoming {
  readonly entry: AcceptEntry
  readonly call: number | null
}
