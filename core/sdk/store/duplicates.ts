import type { TaskSummary } from '../../contracts/store.ts'
import type { KnownEvents } from './receipt.ts'

/** The first event with some source and sender's id. */
export interface FirstEvent {
  readonly id: string
  readonly deliveryId: string
}

interface Lookup<Event, First> {
  /** What identifies the event at its sender; null if nothing does. */
  readonly keyOf: (event: Event) => string | null
  /** The first event with this key that the store has. */
  readonly find: (key: string) => First | null
  /** A new event of this delivery, as the first one with its key. */
  readonly toFirst: (event: Event) => First
}

/**
 * For each event of a delivery, the first one with its key; null for a new event. Two events of one delivery can have
 * the same key too: the second one then repeats the first. Returns null instead of a list if all events are new.
 */
export function findFirstEvents<Event, First>(
  events: readonly Event[],
  { keyOf, find, toFirst }: Lookup<Event, First>,
): readonly (First | null)[] | null {
  const inDelivery = events.length > 1 ? new Map<string, First>() : null
  let anyKnown = false
  const known = events.map((event) => {
    const key = keyOf(event)
    if (key === null) return null
    const first = inDelivery?.get(key) ?? find(key)
    if (first === null) inDelivery?.set(key, toFirst(event))
    else anyKnown = true
    return first
  })
  return anyKnown ? known : null
}

/** Id of the delivery that a delivery repeats: the first one's, if every event is known. Otherwise null. */
export function originalOf(known: readonly (FirstEvent | null)[] | null): string | null {
  return known?.every((first) => first !== null) ? (known[0]?.deliveryId ?? null) : null
}

/** What a receipt says about the known events, with their tasks as they are now. */
export function toKnownEvents<First extends FirstEvent>(
  known: readonly (First | null)[] | null,
  tasksOf: (first: First) => readonly TaskSummary[],
): KnownEvents | null {
  if (known === null) return null
  return {
    originalId: originalOf(known),
    events: known.map((first) => first && { id: first.id, tasks: tasksOf(first) }),
  }
}
