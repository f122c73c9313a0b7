import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { Key } from './key.ts'

/** What was sealed. It says how to read the bytes. */
export type SealedKind =
  | 'document'
  | 'head'
  | 'body'
  | 'facts'
  | 'payload'
  | 'reason'
  | 'result'
  | 'previous'
  | 'log'

/** What a sealed value is and where it is stored. It can be opened only with the same context. */
export interface SealingContext {
  readonly kind: SealedKind
  /** Ids that lead to the value, such as `['delivery', 'dlv_…']`. */
  readonly path: readonly string[]
}

/** The parts of a sealed value. */
export interface SealedForm {
  readonly keyId: string
  readonly kind: string
  readonly nonce: Buffer
  readonly ciphertext: Buffer
}

export const MARK = 'hl1.'
const SALT_BYTES = 16
const NONCE_BYTES = SALT_BYTES + 12
const TAG_BYTES = 16
const HEAD = /^hl1\.([0-9a-f]{12})\.([a-z]{1,16})\.([A-Za-z0-9_-]{38})\.$/
const MAX_HEAD_LENGTH = 80

/**
 * Seals bytes as ASCII text: `hl1.<key id>.<kind>.<nonce>.<ciphertext and tag>`, the last two in base64url. The cipher
 * is AES-256-GCM (NIST SP 800-38D). The first 16 bytes of the nonce derive a key for this value alone (HMAC-SHA-256),
 * so that a key may seal any number of values with random nonces. HKDF takes three times as long.
 */
export function sealBytes(key: Key, context: SealingContext, plain: Uint8Array): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', valueKey(key, nonce), nonce.subarray(SALT_BYTES))
  cipher.setAAD(associatedData(key.id, context))
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return `${MARK}${key.id}.${context.kind}.${nonce.toString('base64url')}.${ciphertext.toString('base64url')}`
}

/** The bytes that were sealed; null if the form was changed, or was sealed in another context. */
export function openBytes(key: Key, form: SealedForm, context: SealingContext): Buffer | null {
  const { nonce, ciphertext } = form
  const end = ciphertext.byteLength - TAG_BYTES
  const decipher = createDecipheriv(
    'aes-256-gcm',
    valueKey(key, nonce),
    nonce.subarray(SALT_BYTES),
    { authTagLength: TAG_BYTES },
  )
  decipher.setAAD(associatedData(key.id, context))
  decipher.setAuthTag(ciphertext.subarray(end))
  try {
    return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()])
  } catch {
    return null
  }
}

/** The parts of a sealed value; null if the text is not wholly one. */
export function parseForm(text: string): SealedForm | null {
  const end = endOfHead(text)
  const head = HEAD.exec(text.slice(0, end))
  if (head === null) return null
  const encoded = text.slice(end)
  const ciphertext = Buffer.from(encoded, 'base64url')
  if (ciphertext.byteLength < TAG_BYTES || !isWhole(encoded, ciphertext)) return null
  const [, keyId = '', kind = '', encodedNonce = ''] = head
  const nonce = Buffer.from(encodedNonce, 'base64url')
  return isWhole(encodedNonce, nonce) ? { keyId, kind, nonce, ciphertext } : null
}

/** Key and kind that a sealed value names; null if it is not sealed. Checks no more than its head. */
export function headOf(text: string): { readonly keyId: string; readonly kind: string } | null {
  const head = HEAD.exec(text.slice(0, endOfHead(text)))
  return head === null ? null : { keyId: head[1] ?? '', kind: head[2] ?? '' }
}

function valueKey(key: Key, nonce: Buffer): Buffer {
  return createHmac('sha256', key.secret)
    .update('hookline value key\0')
    .update(nonce.subarray(0, SALT_BYTES))
    .digest()
}

// As JSON, no two contexts read alike, whatever ids contain.
function associatedData(keyId: string, { kind, path }: SealingContext): Buffer {
  return Buffer.from(JSON.stringify([MARK, keyId, kind, ...path]))
}

function endOfHead(text: string): number {
  return text.lastIndexOf('.', MAX_HEAD_LENGTH) + 1
}

// Buffer skips characters that are not base64, and drops bits that are left over.
function isWhole(encoded: string, bytes: Buffer): boolean {
  const tail = encoded.length % 4 === 0 ? 4 : encoded.length % 4
  const tailBytes = tail === 4 ? 3 : tail - 1
  return (
    bytes.byteLength === Math.floor((encoded.length * 3) / 4) &&
    bytes.subarray(bytes.byteLength - tailBytes).toString('base64url') === encoded.slice(-tail)
  )
}
