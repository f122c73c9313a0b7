import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { bytesEqual } from './constant-time.ts'
import { decodeStrictly, type Encoding } from './encoding.ts'
import { HooklineError } from './errors.ts'

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** How a secret becomes a key: its UTF-8 text, what it encodes, or the base64 after `whsec_` (Standard Webhooks). */
export type KeyForm = 'text' | 'hex' | 'base64' | 'whsec'

/** What is signed: pieces that follow one another, strings as UTF-8. */
export type SignedContent = readonly (string | Uint8Array)[]

// Twice that of SHA-512 in hex. A proof in a body could be as long as the body.
const MAX_SIGNATURE_LENGTH = 256

export interface HmacCheck {
  readonly algorithm: HmacAlgorithm
  readonly keys: readonly KeyObject[]
  readonly content: SignedContent
  /** As sent, less prefixes. One that matches one key is enough. */
  readonly signatures: readonly string[]
  readonly encoding: Encoding
}

/** Keys made once, at creation. Throws `option_invalid` where a secret does not have the form. */
export function hmacKeys(secrets: readonly string[], form: KeyForm = 'text'): readonly KeyObject[] {
  return secrets.map((secret) => createSecretKey(keyBytes(secret, form)))
}

/** Whether any signature is the HMAC of the content under any key. Never throws, whatever was sent. */
export function verifyHmac({ algorithm, keys, content, signatures, encoding }: HmacCheck): boolean {
  const given = signatures
    .filter(({ length }) => length <= MAX_SIGNATURE_LENGTH)
    .flatMap((signature) => decodeStrictly(signature, encoding) ?? [])
  if (given.length === 0) return false
  let matches = false
  for (const key of keys) {
    const expected = computeHmac(algorithm, key, content)
    for (const signature of given) matches = bytesEqual(expected, signature) || matches
  }
  return matches
}

/** The HMAC of the content. */
export function computeHmac(
  algorithm: HmacAlgorithm,
  key: KeyObject,
  content: SignedContent,
): Buffer {
  const hmac = createHmac(algorithm, key)
  for (const piece of content) hmac.update(piece)
  return hmac.digest()
}

function keyBytes(secret: string, form: KeyForm): Buffer {
  if (form === 'text') return Buffer.from(secret)
  const text = form === 'whsec' && secret.startsWith('whsec_') ? secret.slice(6) : secret
  const bytes = decodeStrictly(text, form === 'hex' ? 'hex' : 'base64')
  if (bytes === null || bytes.byteLength === 0) {
    const expected = form === 'whsec' ? '`whsec_` and a key in base64' : `a key in ${form}`
    throw new HooklineError('option_invalid', `The signing secret must be ${expected}.`)
  }
  return bytes
}
