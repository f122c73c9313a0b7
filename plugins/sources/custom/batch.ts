import { HooklineError, isJsonObject, partsOf, valueAt } from '../../../core/sdk/source.ts'

/** Most events of one delivery. */
export const MAX_BATCH = 10_000

/**
 * The payloads of the events of a delivery. With a batch of `true`, the items of the payload, which must be a list; with
 * a path, the payload as it would have been sent for each item of the list there.
 */
export function payloadsOf(payload: unknown, batch: string | true | undefined): readonly unknown[] {
  if (batch === undefined) return [payload]
  const payloads = batch === true ? itemsOf(payload) : partsAt(payload, batch)
  if (payloads.length <= MAX_BATCH) return payloads
  throw new HooklineError('delivery_unparsable', `The body has more than ${MAX_BATCH} events.`)
}

function itemsOf(payload: unknown): readonly unknown[] {
  if (Array.isArray(payload)) return payload
  // Some senders leave out the brackets around a single item.
  if (isJsonObject(payload)) return [payload]
  throw new HooklineError('delivery_unparsable', 'The payload is not a list.')
}

function partsAt(payload: unknown, path: string): readonly unknown[] {
  const list = valueAt(payload, path)
  if (Array.isArray(list) && list.length === 0) return []
  return isJsonObject(payload) ? partsOf(payload, path) : [payload]
}
