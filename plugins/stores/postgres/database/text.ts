import { createHash } from 'node:crypto'
import { readable, storable } from '../../../../core/sdk/store.ts'

export { readable, storable }

/** Longer texts are indexed by their hash: entries of a B-tree in Postgres have at most 2704 bytes. */
const MAX_KEY_BYTES = 256

/** `storable` for a text that may be null. */
export function storableOrNull(text: string | null): string | null {
  return text === null ? null : storable(text)
}

/** A text of any length as an index can hold it. Long texts become their hash. */
export function indexable(text: string): string {
  return Buffer.byteLength(text) <= MAX_KEY_BYTES
    ? `=${storable(text)}`
    : `#${createHash('sha256').update(text).digest('hex')}`
}

/** The same for a text that may be null. */
export function indexableOrNull(text: string | null): string | null {
  return text === null ? null : indexable(text)
}
