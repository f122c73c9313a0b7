/** The key information of an event: flat, so that rules, params and environment variables can name each value. */
export type FactValue = string | number | boolean | null
export type Facts = Readonly<Record<string, FactValue>>

/** What one verified delivery means, as a source's `parse` returns it. */
export interface ParsedEvent<Payload = unknown> {
  /** Dotted, without the source's name: `push`, `pull_request.opened`. Matches `[A-Za-z0-9_:/-]+(\.[…]+)*`. */
  readonly type: string
  /** The sender's id of this event. A second event of the same source and id is a duplicate; null is never one. */
  readonly id: string | null
  readonly facts: Facts
  /** As the sender sent it. Return `delivery.json()` itself where it is the payload: it is then stored once. */
  readonly payload: Payload
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
}

/** Documentation of one fact, shown in the reference and used to check conditions. */
export interface FactDoc {
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
