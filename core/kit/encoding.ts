/** How bytes are written in a header. */
export type Encoding = 'hex' | 'base64' | 'base64url'

const HEX = /^(?:[0-9a-f]{2})*$/i
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const BASE64URL = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}(?:==)?|[A-Za-z0-9_-]{3}=?)?$/
const PATTERNS = { hex: HEX, base64: BASE64, base64url: BASE64URL } as const

/** The bytes behind a text; null where it is not wholly in that encoding (Buffer would skip over the rest). */
export function decodeStrictly(text: string, encoding: Encoding): Buffer | null {
  return PATTERNS[encoding].test(text) ? Buffer.from(text, encoding) : null
}
