import type { Delivery } from '../contracts/delivery.ts'
import type { Facts, ParsedEvent } from '../contracts/event.ts'
import type { DeliveryDraft } from '../contracts/source.ts'
import { HooklineError } from './errors.ts'
import { isEventType, withAction } from './event-type.ts'
import { type EventFacts, readFacts } from './facts.ts'
import { pathReader } from './path.ts'
import { jsonObject } from './payload.ts'

/** Event types of a source with their facts; `*` has the facts of every event. */
export type EventTable = Readonly<Record<string, EventFacts>>

/** Where a sender puts a value: in a header, named as the sender writes it, or at a path in the payload. */
export type Place = { readonly header: string } | { readonly path: string }

/** How one sender's deliveries of one event each are read, as data. */
export interface EventScheme {
  readonly events: EventTable
  readonly type: Place
  /** The sender's id of the delivery or the event: the same where it is sent again. Null: it sends none. */
  readonly id: Place | null
  /** A further word of the type, `issue` and `created`. */
  readonly action?: Place
}

/** Reads the one event of a delivery. Throws `content_type_unsupported` or `delivery_unparsable`. */
export function eventReader({ events, type, id, action }: EventScheme) {
  const readType = placeReader(type)
  const readId = id && placeReader(id)
  const readAction = action && placeReader(action)
  return (delivery: Delivery): readonly ParsedEvent[] => {
    const payload = jsonObject(delivery)
    const name = checkedType(readType(delivery, payload), nameOf(type))
    const whole = readAction ? withAction(name, readAction(delivery, payload)) : name
    return [
      {
        type: whole,
        id: idText(readId?.(delivery, payload)),
        facts: factsOf(events, whole, payload),
        payload,
      },
    ]
  }
}

/** The headers of type, action and id that a sender of the scheme adds to a draft. */
export function eventHeaders({ type, id, action }: EventScheme, draft: DeliveryDraft) {
  const [name = draft.event] = action ? draft.event.split('.', 1) : []
  const headers: Record<string, string> = {}
  if ('header' in type) headers[type.header.toLowerCase()] = name
  if (action && 'header' in action) {
    headers[action.header.toLowerCase()] = draft.event.slice(name.length + 1)
  }
  if (id && 'header' in id) headers[id.header.toLowerCase()] = draft.id
  return headers
}

/** Every fact that the table has for this type, for what it is below by dots, and for `*`. */
export function factsOf(events: EventTable, type: string, payload: unknown): Facts {
  const facts = { ...readFacts(events['*']?.facts ?? {}, payload) }
  for (let end = type.indexOf('.'); end !== -1; end = type.indexOf('.', end + 1)) {
    Object.assign(facts, ownFacts(events, type.slice(0, end), payload))
  }
  return Object.assign(facts, ownFacts(events, type, payload))
}

/** An event type as it was sent. Throws `delivery_unparsable` where it can be none; `place` says where it was. */
export function checkedType(value: unknown, place: string): string {
  if (typeof value === 'string' && isEventType(value)) return value
  const fault = value === undefined ? 'is missing' : 'is not the name of an event'
  throw new HooklineError('delivery_unparsable', `${place} ${fault}.`)
}

/** An id as it was sent, a text or a number, as text; null for anything else. */
export function idText(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) || null : null
}

function ownFacts(events: EventTable, type: string, payload: unknown): Facts {
  return Object.hasOwn(events, type) ? readFacts(events[type]?.facts ?? {}, payload) : {}
}

function placeReader(place: Place): (delivery: Delivery, payload: unknown) => unknown {
  if ('path' in place) {
    const read = pathReader(place.path)
    return (_, payload) => read(payload)
  }
  const name = place.header.toLowerCase()
  return ({ headers }) => headers[name]
}

function nameOf(place: Place): string {
  return 'header' in place ? `Header ${place.header}` : `\`${place.path}\` of the payload`
}
