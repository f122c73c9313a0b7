import { decodeUtf8 } from '../../../kit/content-type.ts'
import { decodeStrictly } from '../../../kit/encoding.ts'
import { isRecord } from '../../../kit/is-record.ts'
import { parseJson } from '../../../kit/json.ts'

const MAX_LENGTH = 16_384

/** A token as it was sent; nothing of it is verified yet. */
export interface UnverifiedToken {
  readonly algorithm: unknown
  readonly keyId: string | null
  readonly claims: Readonly<Record<string, unknown>>
  /** What is signed. */
  readonly text: string
  readonly signature: Buffer
}

/** Reads a JWT in its compact form (RFC 7519); null if it is none, or asks for extensions that are not known. */
export function readToken(token: string): UnverifiedToken | null {
  const [head = '', body = '', proof = '', ...more] = token.split('.')
  if (more.length > 0 || token.length > MAX_LENGTH) return null
  const header = objectOf(head)
  const claims = objectOf(body)
  const signature = decodeStrictly(proof, 'base64url')
  if (header === null || claims === null || signature === null) return null
  if ('crit' in header || 'b64' in header) return null
  const { alg: algorithm, kid } = header
  const keyId = typeof kid === 'string' ? kid : null
  return { algorithm, keyId, claims, text: `${head}.${body}`, signature }
}

function objectOf(part: string): Readonly<Record<string, unknown>> | null {
  const bytes = decodeStrictly(part, 'base64url')
  if (bytes === null) return null
  try {
    const value = parseJson(decodeUtf8(bytes))
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}
