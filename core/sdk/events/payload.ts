import type { Delivery } from '../../contracts/delivery.ts'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { decodeUtf8, isJsonType, mediaType } from '../../kit/content-type.ts'
import { isRecord } from '../../kit/is-record.ts'
import { parseJson } from '../../kit/json.ts'

/** A JSON object with unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The body as a JSON object, where its content type is JSON, `text/plain` or not given. Throws `content_type_unsupported` or `delivery_unparsable`. */
export function jsonObject(delivery: Delivery): JsonObject {
  const payload = jsonBody(delivery)
  if (isJsonObject(payload)) return payload
  throw new HooklineError('delivery_unparsable', 'The payload is not a JSON object.')
}

/**
 * The JSON objects of a batch: the body as a list of objects, or with a key the list at that key of the body. Throws as
 * `jsonObject` does.
 */
export function jsonObjects(delivery: Delivery, key?: string): readonly JsonObject[] {
  const list = key === undefined ? jsonBody(delivery) : jsonObject(delivery)[key]
  if (Array.isArray(list) && list.every(isJsonObject)) return list
  const place = key === undefined ? 'The payload' : `\`${key}\` of the payload`
  throw new HooklineError('delivery_unparsable', `${place} is not a list of JSON objects.`)
}

/**
 * The body of a delivery, whatever its content type, or the bytes of a draft, as a JSON object; null if it is not one.
 * For proofs in the body, which are read before the delivery is parsed. Throws `delivery_too_large`, see `Delivery`.
 */
export function objectIn(from: Delivery | Uint8Array): JsonObject | null {
  try {
    const value = from instanceof Uint8Array ? parseJson(decodeUtf8(from)) : from.json()
    return isJsonObject(value) ? value : null
  } catch (error) {
    if (isHooklineError(error) && error.code !== 'delivery_too_large') return null
    throw error
  }
}

/** Whether a value is an object and not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isRecord(value)
}

// Some senders of JSON call it text, or do not say what it is.
function jsonBody(delivery: Delivery): unknown {
  const type = mediaType(delivery.headers['content-type'])
  if (isJsonType(type) || type === 'text/plain' || type === '') return delivery.json()
  throw new HooklineError('content_type_unsupported', 'This source takes application/json.')
}
