import { createHash } from 'node:crypto'

/** What an index is given at most of a text: B-tree entries of Postgres end at 2704 bytes. */
const MAX_KEY_BYTES = 256
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that must be written in another way
const ESCAPED = /[\0\u0001]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const TO_ESCAPE = /[\0\u0001]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ESCAPES = /\u0001([01])/g

/** Text as Postgres can keep it: it has neither NUL nor lone surrogates. U+0001 and a digit stand for NUL and U+0001. */
export function storable(text: string): string {
  const sound = text.isWellFormed() ? text : text.toWellFormed()
  return ESCAPED.test(sound)
    ? sound.replace(TO_ESCAPE, (character) => (character === '\0' ? '\u00010' : '\u00011'))
    : sound
}

/** The same for what may be absent. */
export function storableOrNull(text: string | null): string | null {
  return text === null ? null : storable(text)
}

/** What `storable` was given. */
export function readable(text: string): string {
  return text.includes('\u0001')
    ? text.replace(ESCAPES, (_, digit) => (digit === '0' ? '\0' : '\u0001'))
    : text
}

/** The same for a column that may be null. */
export function readableOrNull(text: unknown): string | null {
  return typeof text === 'string' ? readable(text) : null
}

/** A text of any length as an index can hold it: long ones by their hash. */
export function indexable(text: string): string {
  return Buffer.byteLength(text) <= MAX_KEY_BYTES
    ? `=${storable(text)}`
    : `#${createHash('sha256').update(text).digest('hex')}`
}

/** The same for what may be absent. */
export function indexableOrNull(text: string | null): string | null {
  return text === null ? null : indexable(text)
}
