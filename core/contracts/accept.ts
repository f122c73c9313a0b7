import type { DeliveryOutcome } from './delivery.ts'
import type { Facts } from './event.ts'
import type { Replaces } from './policy.ts'
import type { Decision, TaskRecord } from './task.ts'

/** A delivery as it is stored. Secret headers are already masked. Times are milliseconds since the epoch. */
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
  /** Id of the delivery that this one duplicates or replays. */
  readonly originalId: string | null
  /** Set if it did not arrive, but was asked for at its provider. Absent: it arrived. */
  readonly recovered?: Recovery
}

/** What a delivery that was asked for is trusted by: its signature, or the call of the provider's API that fetched it. */
export type Recovery = 'verified' | 'fetched'

/** An event to commit with its tasks. */
export interface NewEvent {
  readonly id: string
  readonly type: string
  /** The sender's id, unique within the source. An event without one (null) is never a duplicate. */
  readonly senderId: string | null
  readonly facts: Facts
  /** The payload as JSON text; null if it is exactly the delivery's body. */
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
  /** −100 to 100. Of the due tasks, those with a higher priority are claimed first. */
  readonly priority: number
  readonly replaces: Replaces
  /** How long it waits for an approval before it is cancelled. Absent: it needs none. */
  readonly approvalMs?: number
}

/** The task of a next step. Rule and event are those of the task before it. */
export interface NextTask extends Omit<NewTask, 'rule'> {
  /** Its place in `then`, from 1. */
  readonly step: number
  /** What it follows, beside the id of the task. */
  readonly previous: {
    readonly program: string
    readonly exitCode: number | null
    /** JSON text, or null. */
    readonly result: string | null
  }
}

export interface AcceptEntry {
  readonly delivery: DeliveryRecord
  readonly events: readonly NewEvent[]
}

export interface AcceptedEvent {
  readonly id: string
  /** Whether the sender's id was known. Then `id` and `tasks` are those of the first event with that id. */
  readonly duplicate: boolean
  readonly tasks: readonly TaskSummary[]
}

export type TaskSummary = Pick<TaskRecord, 'id' | 'rule' | 'program' | 'state'>

export interface AcceptReceipt {
  /** If every event is a duplicate, the id of the first delivery. */
  readonly deliveryId: string
  readonly duplicate: boolean
  readonly events: readonly AcceptedEvent[]
}
