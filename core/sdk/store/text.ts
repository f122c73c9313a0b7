// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be written in another way
const ESCAPED = /[\0\u0001]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const TO_ESCAPE = /[\0\u0001]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ESCAPES = /\u0001([01])/g

/**
 * Text as every database can keep it, without NUL and lone surrogates. U+0001 and a digit stand for NUL and for U+0001.
 * PostgreSQL refuses NUL, and `node:sqlite` of Node.js 22 and 24 reads a text only up to its first NUL.
 */
export function storable(text: string): string {
  const sound = text.isWellFormed() ? text : text.toWellFormed()
  return ESCAPED.test(sound)
    ? sound.replace(TO_ESCAPE, (character) => (character === '\0' ? '\u00010' : '\u00011'))
    : sound
}

/** Undoes `storable`. */
export function readable(text: string): string {
  return text.includes('\u0001')
    ? text.replace(ESCAPES, (_, digit) => (digit === '0' ? '\0' : '\u0001'))
    : text
}
