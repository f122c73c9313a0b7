import type { Delivery } from '../contracts/delivery.ts'
import { HooklineError, isHooklineError } from './errors.ts'
import { decodeUtf8, parseJson } from './json.ts'
import { isJsonType, mediaType } from './media-type.ts'

/** A JSON object as it was sent: what it holds is not known. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The body as a JSON object. Throws `content_type_unsupported` or `delivery_unparsable`. */
export function jsonObject(delivery: Delivery): JsonObject {
  const payload = jsonBody(delivery)
  if (isJsonObject(payload)) return payload
  throw new HooklineError('delivery_unparsable', 'The payload is not a JSON object.')
}

/** The body as a JSON list of objects, for senders that send batches. Throws as `jsonObject` does. */
export function jsonObjects(delivery: Delivery): readonly JsonObject[] {
  const payload = jsonBody(delivery)
  if (Array.isArray(payload) && payload.every(isJsonObject)) return payload
  throw new HooklineError('delivery_unparsable', 'The payload is not a JSON list of objects.')
}

/** The body as a JSON object, whatever its type says; null where it is none. For proofs inside of it, read before all else. */
export function sentObject(delivery: Delivery): JsonObject | null {
  return objectOrNull(() => delivery.json())
}

/** The bytes as a JSON object; null where they are none. For drafts that are to be sealed. */
export function objectIn(body: Uint8Array): JsonObject | null {
  return objectOrNull(() => parseJson(decodeUtf8(body)))
}

/** Whether a value is an object, and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function jsonBody(delivery: Delivery): unknown {
  if (isJsonType(mediaType(delivery.headers['content-type']))) return delivery.json()
  throw new HooklineError('content_type_unsupported', 'This source takes application/json.')
}

function objectOrNull(read: () => unknown): JsonObject | null {
  try {
    const value = read()
    return isJsonObject(value) ? value : null
  } catch (error) {
    if (isHooklineError(error)) return null
    throw error
  }
}
