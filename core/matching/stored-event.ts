import type { EventRequest, WebhookEvent } from '../contracts/event.ts'
import type { StoredEvent } from '../contracts/store.ts'
import type { PreviousStep } from '../contracts/task.ts'
import { HooklineError } from '../errors/errors.ts'
import { parseKeepingDigits } from '../kit/exact-json.ts'
import type { ValueSource } from '../sdk/events/event-value.ts'
import { ownGetters } from './own-getters.ts'

const BYTE_ORDER_MARK = '\uFEFF'

/**
 * A stored event, with its payload as text. The payload is parsed when it is first read, since most readers never do;
 * that throws `delivery_unparsable` if it is not JSON.
 */
export function readStoredEvent(
  stored: Omit<StoredEvent, 'decisions'>,
  request?: EventRequest | null,
  previous?: PreviousStep | null,
  approvalLink?: string | null,
): ValueSource {
  const payload = stored.payload.startsWith(BYTE_ORDER_MARK)
    ? stored.payload.slice(1)
    : stored.payload
  return { event: new ReadEvent(stored, payload, { request, previous, approvalLink }), payload }
}

interface ReadContext {
  readonly request: EventRequest | null | undefined
  readonly previous: PreviousStep | null | undefined
  readonly approvalLink: string | null | undefined
}

class ReadEvent implements WebhookEvent {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly senderId: string | null
  readonly deliveryId: string
  readonly receivedAt: Date
  readonly facts: WebhookEvent['facts']
  declare readonly request?: EventRequest
  declare readonly previous?: PreviousStep
  declare readonly approvalLink?: string
  readonly #text: string
  #parsed: { readonly value: unknown } | null = null

  constructor(
    stored: Omit<StoredEvent, 'decisions'>,
    payload: string,
    { request, previous, approvalLink }: ReadContext,
  ) {
    this.id = stored.id
    this.source = stored.source
    this.type = stored.type
    this.senderId = stored.senderId
    this.deliveryId = stored.deliveryId
    this.receivedAt = new Date(stored.receivedAt)
    this.facts = stored.facts
    this.#text = payload
    Object.defineProperties(this, EVENT_GETTERS)
    if (request) this.request = request
    if (previous) this.previous = previous
    if (approvalLink) this.approvalLink = approvalLink
  }

  get payload(): unknown {
    this.#parsed ??= { value: parse(this.#text) }
    return this.#parsed.value
  }
}

const EVENT_GETTERS = ownGetters(ReadEvent.prototype)

function parse(payload: string): unknown {
  try {
    return parseKeepingDigits(payload)
  } catch {
    // The parser's own message quotes the payload.
    throw new HooklineError('delivery_unparsable', "The event's payload is not JSON.")
  }
}
