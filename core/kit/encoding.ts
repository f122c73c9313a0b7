/** Text encoding of bytes. */
export type Encoding = 'hex' | 'base64' | 'base64url'

const HEX = /^(?:[0-9a-f]{2})*$/i
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const BASE64URL = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}(?:==)?|[A-Za-z0-9_-]{3}=?)?$/
const PATTERNS = { hex: HEX, base64: BASE64, base64url: BASE64URL } as const

/** Decodes a text; null if any part of it is invalid, where Buffer would skip over that part. */
export function decodeStrictly(text: string, encoding: Encoding): Buffer | null {
  return PATTERNS[encoding].test(text) ? Buffer.from(text, encoding) : null
}

/** A text with its `%` escapes decoded; the text itself where they are not well-formed. */
export function urlDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
