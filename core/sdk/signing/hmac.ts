import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { HooklineError } from '../../errors/errors.ts'
import { bytesEqual } from '../../kit/constant-time.ts'
import { decodeStrictly, type Encoding } from '../../kit/encoding.ts'
import { checkedSecrets } from '../../kit/secret.ts'

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** How a secret encodes the key: as UTF-8 text, in hex or base64, or in base64 after `whsec_` (Standard Webhooks). */
export type KeyForm = 'text' | 'hex' | 'base64' | 'whsec'

/** The signed pieces in order; strings are encoded as UTF-8. */
export type SignedContent = readonly (string | Uint8Array)[]

// Twice the length of SHA-512 in hex. A proof in a body could otherwise be as long as the body.
const MAX_SIGNATURE_LENGTH = 256

/** How a sender makes and writes an HMAC. */
export interface HmacForm {
  readonly algorithm: HmacAlgorithm
  readonly encoding: Encoding
  /** Default `text`. */
  readonly key?: KeyForm | undefined
}

/** HMACs under the secrets of one source. */
export interface Hmac {
  /** Whether any signature, less prefixes, is the HMAC of the content under any secret. Never throws, whatever was sent. */
  matches(content: SignedContent, signatures: readonly string[]): boolean
  /** The HMAC of the content under the first secret, as the sender writes it. */
  sign(content: SignedContent): string
}

/** Makes the keys, once. Throws `option_invalid` without a secret, or where a secret does not have the form. */
export function hmac(
  { algorithm, encoding, key: form }: HmacForm,
  secrets: readonly string[],
): Hmac {
  const keys = hmacKeys(secrets, form)
  const [first] = keys
  if (first === undefined) throw new HooklineError('option_invalid', 'A secret is needed.')
  return {
    matches: (content, signatures) => {
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
    },
    sign: (content) => computeHmac(algorithm, first, content).toString(encoding),
  }
}

/** Keys of secrets. Throws `option_invalid` where a secret does not have the form. */
export function hmacKeys(secrets: readonly string[], form: KeyForm = 'text'): readonly KeyObject[] {
  return checkedSecrets(secrets).map((secret) => createSecretKey(keyBytes(secret, form)))
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
