import { hash } from 'node:crypto'
import { isJsonObject, type JsonObject } from './payload.ts'

/**
 * The parts of a body whose sender puts several changes into one delivery, in order. Each part is the body as it would
 * have been sent for that change alone: with a list of one at `path`, `push.changes`. A body with one change, or without
 * such a list, is its only part.
 */
export function partsOf(body: JsonObject, path: string): readonly JsonObject[] {
  const [key = '', ...rest] = path.split('.')
  const value = body[key]
  if (rest.length > 0) {
    if (!isJsonObject(value)) return [body]
    const parts = partsOf(value, rest.join('.'))
    return parts.length < 2 ? [body] : parts.map((part) => ({ ...body, [key]: part }))
  }
  if (!Array.isArray(value) || value.length < 2) return [body]
  return value.map((item: unknown) => ({ ...body, [key]: [item] }))
}

/** The id of a part of a delivery: with several parts, the id of the delivery and the part's number from 0. */
export function partId(
  id: string | undefined,
  index: number,
  { length }: readonly unknown[],
): string | null {
  if (id === undefined || id === '') return null
  return length < 2 ? id : `${id}:${index}`
}

/**
 * Ids made from the contents of items that have none but hold a time: the same wherever the item is sent again. Equal
 * items of one delivery are numbered.
 */
export function contentIds(items: readonly unknown[]): readonly string[] {
  const seen = new Map<string, number>()
  return items.map((item) => {
    const id = `sha256:${hash('sha256', JSON.stringify(item), 'hex')}`
    const count = seen.get(id) ?? 0
    seen.set(id, count + 1)
    return count === 0 ? id : `${id}:${count}`
  })
}
