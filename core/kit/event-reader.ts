import type { Delivery } from '../contracts/delivery.ts'
import type { Facts, FactValue, ParsedEvent } from '../contracts/event.ts'
import type { DeliveryDraft } from '../contracts/source.ts'
import { bodyId } from './body-id.ts'
import { HooklineError } from './errors.ts'
import { isEventType, withAction } from './event-type.ts'
import { type EventFacts, readFacts } from './facts.ts'
import { pathReader } from './path.ts'
import { jsonObject } from './payload.ts'

/** Event types of a source with their facts; `*` has the facts of every event. */
export type EventTable = Readonly<Record<string, EventFacts>>

/**
 * Where a sender puts a value: at a path in the payload, or in a header, named as the sender writes it; of several
 * headers the first that was sent. A header is seldom signed, so prefer a path where both hold the value.
 */
export type Place = { readonly header: string | readonly string[] } | { readonly path: string }

/** How one sender's deliveries of one event each are read, as data. */
export interface EventScheme {
  readonly events: EventTable
  readonly type: Place
  /** The sender's id of the delivery or the event: the same where it is sent again. `body`: see `bodyId`. Null: it sends none. */
  readonly id: Place | 'body' | null
  /** A further word of the type, `issue` and `created`. */
  readonly action?: Place
}

/** Reads the one event of a delivery. Throws `content_type_unsupported` or `delivery_unparsable`. */
export function eventReader({ events, type, id, action }: EventScheme) {
  const readType = placeReader(type)
  const readId = idReader(id)
  const readAction = action && placeReader(action)
  return (delivery: Delivery): readonly ParsedEvent[] => {
    const payload = jsonObject(delivery)
    const name = checkedType(readType(delivery, payload), nameOf(type))
    const whole = readAction ? withAction(name, readAction(delivery, payload)) : name
    return [
      {
        type: whole,
        id: idText(readId(delivery, payload)),
        facts: factsOf(events, { type: whole, payload, headers: delivery.headers }),
        payload,
      },
    ]
  }
}

/** The headers of type, action and id that a sender of the scheme adds to a draft. */
export function eventHeaders({ type, id, action }: EventScheme, draft: DeliveryDraft) {
  const [name = draft.event] = action ? draft.event.split('.', 1) : []
  return {
    ...headerAt(type, name),
    ...headerAt(action, draft.event.slice(name.length + 1)),
    ...headerAt(id === 'body' ? null : id, draft.id),
  }
}

export interface FactsInput {
  readonly type: string
  readonly payload: unknown
  readonly headers?: Delivery['headers']
}

/** Every fact that the table has for this type, for what it is below by dots, and for `*`. */
export function factsOf(events: EventTable, { type, payload, headers }: FactsInput): Facts {
  const facts: Record<string, FactValue> = {}
  for (const name of ['*', ...typesAbove(type), type]) {
    if (Object.hasOwn(events, name)) {
      Object.assign(facts, readFacts(events[name]?.facts ?? {}, payload, headers))
    }
  }
  return facts
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

/** `a` and `a.b` of `a.b.c`. */
function typesAbove(type: string): readonly string[] {
  const above: string[] = []
  for (let end = type.indexOf('.'); end !== -1; end = type.indexOf('.', end + 1)) {
    above.push(type.slice(0, end))
  }
  return above
}

function placeReader(place: Place): (delivery: Delivery, payload: unknown) => unknown {
  if ('path' in place) {
    const read = pathReader(place.path)
    return (_, payload) => read(payload)
  }
  const names = headersOf(place).map((name) => name.toLowerCase())
  return ({ headers }) => {
    const sent = names.find((name) => headers[name] !== undefined)
    return sent === undefined ? undefined : headers[sent]
  }
}

function idReader(id: EventScheme['id']): (delivery: Delivery, payload: unknown) => unknown {
  if (id === 'body') return ({ body }) => bodyId(body)
  return id === null ? () => null : placeReader(id)
}

function headerAt(place: Place | null | undefined, value: string): Record<string, string> {
  const [name] = place && 'header' in place ? headersOf(place) : []
  return name === undefined ? {} : { [name.toLowerCase()]: value }
}

function headersOf({ header }: { readonly header: string | readonly string[] }): readonly string[] {
  return typeof header === 'string' ? [header] : header
}

function nameOf(place: Place): string {
  return 'header' in place ? `Header ${headersOf(place)[0]}` : `\`${place.path}\` of the payload`
}
