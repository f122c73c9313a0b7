import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { Key } from './key.ts'

/** What was sealed: it says how the bytes are to be read, and, with ids, where they belong. */
export type SealedKind =
  | 'document'
  | 'head'
  | 'body'
  | 'facts'
  | 'payload'
  | 'reason'
  | 'result'
  | 'log'

/** Where a value lives: it can be opened there only. */
export type Place = readonly string[]

/** A sealed value, taken apart. */
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
 * Seals bytes as ASCII text: `hl1.<key id>.<kind>.<nonce>.<ciphertext and tag>`, the last two in base64url. AES-256-GCM
 * (NIST SP 800-38D). The first 16 bytes of the nonce derive a key for this value alone (HMAC-SHA-256), so that a key
 * may seal any number of values with random nonces.
 */
export function sealBytes(
  key: Key,
  { kind, place }: { readonly kind: SealedKind; readonly place: Place },
  plain: Uint8Array,
): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', valueKey(key, nonce), nonce.subarray(SALT_BYTES))
  cipher.setAAD(associatedData(key.id, kind, place))
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return `${MARK}${key.id}.${kind}.${nonce.toString('base64url')}.${ciphertext.toString('base64url')}`
}

/** The bytes that were sealed; null where the form was changed, or belongs elsewhere. */
export function openBytes(key: Key, form: SealedForm, place: Place): Buffer | null {
  const { kind, nonce, ciphertext } = form
  const end = ciphertext.byteLength - TAG_BYTES
  const decipher = createDecipheriv(
    'aes-256-gcm',
    valueKey(key, nonce),
    nonce.subarray(SALT_BYTES),
    { authTagLength: TAG_BYTES },
  )
  decipher.setAAD(associatedData(key.id, kind, place))
  decipher.setAuthTag(ciphertext.subarray(end))
  try {
    return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()])
  } catch {
    return null
  }
}

/** Null where a text is not wholly of the form. */
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

/** What a sealed value says of itself; null where it is not sealed. Not looked into any further. */
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

// As JSON, no two places read alike, whatever their names hold.
function associatedData(keyId: string, kind: string, place: Place): Buffer {
  return Buffer.from(JSON.stringify([MARK, keyId, kind, ...place]))
}

function endOfHead(text: string): number {
  return text.lastIndexOf('.', MAX_HEAD_LENGTH) + 1
}

// Buffer skips what is no base64, and drops bits that are left over.
function isWhole(encoded: string, bytes: Buffer): boolean {
  const tail = encoded.length % 4 === 0 ? 4 : encoded.length % 4
  const tailBytes = tail === 4 ? 3 : tail - 1
  return (
    bytes.byteLength === Math.floor((encoded.length * 3) / 4) &&
    bytes.subarray(bytes.byteLength - tailBytes).toString('base64url') === encoded.slice(-tail)
  )
}
