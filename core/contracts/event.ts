import type { PreviousStep } from './task.ts'

/** The main values of an event by name, for rules, params and environment variables. An integer beyond 2^53 is a bigint. */
export type FactValue = string | number | bigint | boolean | null
export type Facts = Readonly<Record<string, FactValue>>

/** One event of a verified delivery. */
export interface ParsedEvent<Payload = unknown> {
  /**
   * Dotted, without the source's name: `push`, `pull_request.opened`. Other characters than `A-Z a-z 0-9 _ : / -` become
   * `_`: `Order Completed` is `Order_Completed`.
   */
  readonly type: string
  /** The sender's id of this event. A second event of the same source and id is a duplicate; null is never one. */
  readonly id: string | null
  readonly facts: Facts
  /** As the sender sent it. If the whole body is the payload, return `delivery.json()` itself: it is then stored once. */
  readonly payload: Payload
}

/** The request that brought an event, as it is stored: secrets in it are masked. */
export interface EventRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The first value of each parameter. */
  readonly query: Readonly<Record<string, string>>
  /** Address of the sender; null if it is not known. */
  readonly client: string | null
  /** The body as UTF-8 text. */
  readonly body: string
}

/** An event as conditions, programs and the API see it. */
export interface WebhookEvent<Type extends string = string, Payload = unknown> {
  /** Hookline's id, `evt_…`. */
  readonly id: string
  /** Name of the source in the config. */
  readonly source: string
  readonly type: Type
  /** The sender's own id, if it has one. */
  readonly senderId: string | null
  readonly deliveryId: string
  readonly receivedAt: Date
  readonly facts: Facts
  readonly payload: Payload
  /** A program has it only if its options name `request`. */
  readonly request?: EventRequest
  /** A program has it only if its options name `approvalLink`, and the event tells of an approval that takes links. */
  readonly approvalLink?: string
  /** For a step of `then`: the step before it, as it had ended. */
  readonly previous?: PreviousStep
}

/** Steps that the expressions of one delivery share. Each lowers it by what it takes beyond a few thousand of its own. */
export interface StepBudget {
  left: number
}

/** Files that the commits of an event changed. */
export interface KnownChanges {
  readonly files: readonly string[]
  /** Whether these are all. */
  readonly isComplete: boolean
}

/** Documentation of one fact, shown in the reference and used to check conditions. */
export interface FactDoc {
  /** A fact of type `number` is a bigint where a double would lose digits. */
  readonly type: 'string' | 'number' | 'boolean'
  readonly description: string
}

/** Documentation of one event type of a source. */
export interface EventDoc {
  readonly description: string
  readonly facts: Readonly<Record<string, FactDoc>>
}

/** Event types of a source by name. `*` documents facts that every event of the source carries. */
export type EventCatalog = Readonly<Record<string, EventDoc>>
