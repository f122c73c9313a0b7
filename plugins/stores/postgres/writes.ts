import type {
  AcceptEntry,
  AcceptReceipt,
  DeliveryRecord,
  Lease,
  LogEntry,
  Settlement,
  StoreChange,
  TaskRecord,
} from '../../../core/index.ts'
import type { Transaction } from './database.ts'
import type { Places } from './lanes.ts'
import type { StoreClock } from './store-clock.ts'

/** What can be asked for in a shared transaction, and the answers. */
export interface WriteAnswers {
  ping: null
  accept: AcceptReceipt
  refuse: null
  settle: boolean
  cancel: TaskRecord | null
  retry: TaskRecord | null
  appendLog: null
}

/** One call, with what it was given. */
export type WriteCall =
  | { readonly kind: 'ping' }
  | { readonly kind: 'accept'; readonly entry: AcceptEntry }
  | { readonly kind: 'refuse'; readonly delivery: DeliveryRecord }
  | { readonly kind: 'settle'; readonly lease: Lease; readonly settlement: Settlement }
  | { readonly kind: 'cancel'; readonly taskId: string }
  | { readonly kind: 'retry'; readonly taskId: string }
  | { readonly kind: 'appendLog'; readonly entries: readonly LogEntry[] }

/** One try of a transaction, and what it has gathered so far. */
export interface Batch {
  readonly transaction: Transaction
  readonly clock: StoreClock
  /** The store's time. */
  readonly now: number
  readonly changes: StoreChange[]
  /** Lanes whose waiting tasks have changed. */
  readonly touched: Places
}

/** An entry to be accepted: with the index of its call, or null for a follow-up. */
export interface Incoming {
  readonly entry: AcceptEntry
  readonly call: number | null
}

/** Why a task that another one took the place of is cancelled. */
export function replacedReason(taskId: string): string {
  return `replaced by ${taskId}`
}
