import type { Delivery } from '../../contracts/delivery.ts'
import type { Facts, ParsedEvent } from '../../contracts/event.ts'
import type { DeliveryDraft } from '../../contracts/source.ts'
import { HooklineError } from '../../errors/errors.ts'
import { bodyId } from './body-id.ts'
import { type EventTable, factsReader } from './event-table.ts'
import { eventTypeOf, withAction } from './event-type.ts'
import { isJsonObject, type JsonObject } from './payload.ts'
import { headerOf, locationName, locationReader, type ValueLocations } from './value-location.ts'

/** How the events of a sender are read, as data. */
export interface EventScheme<Events extends EventTable = EventTable> {
  /** Event types with their facts. They document the source, and every event gets its facts from them. */
  readonly events: Events
  /** Where the event type is. */
  readonly type?: ValueLocations
  /** Where a further word of the type is: with `issue` and `opened` the type is `issue.opened`. */
  readonly action?: ValueLocations
  /**
   * Where the sender's id of the event is: it must be the same when the sender repeats the delivery. `{ hash: 'body' }`
   * makes one from the body, see `bodyId`. Default: the sender has no ids, and nothing counts as a repetition.
   */
  readonly id?: ValueLocations | { readonly hash: 'body' }
}

/** One event, as a source's own `parse` returns it. What it leaves out is read as the source declares it. */
export interface SourceEvent {
  /** As the sender sent it. If the whole body is the payload, return `delivery.json()` itself: it is then stored once. */
  readonly payload: unknown
  /** As the sender sent it: it is checked here. With it, the source's `action` is not read. */
  readonly type?: unknown
  /** A further word of `type`; ignored where it cannot be part of a type. */
  readonly action?: unknown
  /** A text or a number; null where this event has none. */
  readonly id?: unknown
  /** In place of the facts of the event table. */
  readonly facts?: Facts
  /** What type, id and facts are read from. Default: the payload. */
  readonly from?: JsonObject
}

/** Makes events complete: checks the type, turns the id into text and adds the facts. */
export type EventReader = (delivery: Delivery, event: SourceEvent) => ParsedEvent

/** Compiles a scheme, once. The reader throws `delivery_unparsable` where an event has no valid type. */
export function eventReader({ events, type, action, id }: EventScheme): EventReader {
  const readFacts = factsReader(events)
  const readType = locationReader(type)
  const readAction = locationReader(action)
  const readId = isHash(id) ? undefined : locationReader(id)
  const place = type === undefined ? 'The event type' : locationName(type)
  return (delivery, event) => {
    const { headers, body } = delivery
    const { payload, from = isJsonObject(payload) ? payload : {} } = event
    const own = event.type === undefined ? undefined : event
    const word = own
      ? checkedType(own.type, 'The event type')
      : checkedType(readType?.(from, headers), place)
    const whole = withAction(word, own ? own.action : readAction?.(from, headers))
    const declaredId = () => (isHash(id) ? bodyId(body) : readId?.(from, headers))
    return {
      type: whole,
      id: idText(event.id === undefined ? declaredId() : event.id),
      facts: event.facts ?? readFacts(whole, from, headers),
      payload,
    }
  }
}

/** The headers of type, action and id that a sender of the scheme adds to a draft. */
export function eventHeaders({ type, action, id }: EventScheme, draft: DeliveryDraft) {
  const [word = draft.event] = action === undefined ? [] : draft.event.split('.', 1)
  return {
    ...headerAt(type, word),
    ...headerAt(action, draft.event.slice(word.length + 1)),
    ...headerAt(isHash(id) ? undefined : id, draft.id),
  }
}

/** The event type that was sent. Throws `delivery_unparsable` where it can be none; `place` says where it was. */
function checkedType(value: unknown, place: string): string {
  const type = eventTypeOf(value)
  if (type !== null) return type
  const fault = value === undefined ? 'is missing' : 'is not the name of an event'
  throw new HooklineError('delivery_unparsable', `${place} ${fault}.`)
}

function idText(value: unknown): string | null {
  return ['string', 'number', 'bigint'].includes(typeof value) ? String(value) || null : null
}

function isHash(id: EventScheme['id']): id is { readonly hash: 'body' } {
  return typeof id === 'object' && 'hash' in id
}

function headerAt(location: ValueLocations | undefined, value: string): Record<string, string> {
  const name = location === undefined ? undefined : headerOf(location)
  return name === undefined ? {} : { [name]: value }
}
