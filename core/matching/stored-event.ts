import type { EventRequest, WebhookEvent } from '../contracts/event.ts'
import type { StoredEvent } from '../contracts/store.ts'
import { HooklineError } from '../errors/errors.ts'
import { parseKeepingDigits } from '../kit/exact-json.ts'
import type { ValueSource } from '../sdk/events/event-value.ts'

const BYTE_ORDER_MARK = '\uFEFF'

/**
 * A stored event, with its payload as text. The payload is parsed when it is first read, since most readers never do;
 * that throws `delivery_unparsable` if it is not JSON.
 */
export function readStoredEvent(
  stored: Omit<StoredEvent, 'decisions'>,
  request?: EventRequest | null,
): ValueSource {
  const payload = stored.payload.startsWith(BYTE_ORDER_MARK)
    ? stored.payload.slice(1)
    : stored.payload
  let parsed: { readonly value: unknown } | null = null
  const event: WebhookEvent = {
    id: stored.id,
    source: stored.source,
    type: stored.type,
    senderId: stored.senderId,
    deliveryId: stored.deliveryId,
    receivedAt: new Date(stored.receivedAt),
    facts: stored.facts,
    get payload(): unknown {
      parsed ??= { value: parse(payload) }
      return parsed.value
    },
    ...(request && { request }),
  }
  return { event, payload }
}

function parse(payload: string): unknown {
  try {
    return parseKeepingDigits(payload)
  } catch {
    // The parser's own message quotes the payload.
    throw new HooklineError('delivery_unparsable', "The event's payload is not JSON.")
  }
}
