import { createPublicKey, type KeyObject, verify as verifyBytes } from 'node:crypto'
import type { Delivery, Verdict } from '../contracts/delivery.ts'
import { decodeStrictly, type Encoding } from './encoding.ts'
import { HooklineError } from './errors.ts'
import { readSigned, type SignatureScheme, templateOf } from './signature.ts'

/** Public keys of a sender, and what they verify with. */
export interface PublicKeys {
  readonly keys: readonly KeyObject[]
  /** Null where the kind of key says it: Ed25519. An ECDSA signature is read as DER. */
  readonly digest: 'sha1' | 'sha256' | null
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

const ED25519_BYTES = 32

/** A scheme whose sender signs with a private key: it can be verified, not signed. Never throws, whatever was sent. */
export function publicKeySignature(
  scheme: SignatureScheme,
  { keys, digest, clock }: PublicKeys,
): { verify(delivery: Delivery): Verdict } {
  if (keys.length === 0) throw new HooklineError('option_invalid', 'A public key is needed.')
  const reading = { scheme, template: templateOf(scheme), clock }
  return {
    verify: (delivery) => {
      const signed = readSigned(reading, delivery)
      if (!signed.ok) return signed
      const content = Buffer.concat(
        signed.content.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)),
      )
      const given = signed.signatures.flatMap((text) => decodeStrictly(text, scheme.encoding) ?? [])
      const matches = keys.some((key) =>
        given.some((signature) => verifyBytes(digest, content, key, signature)),
      )
      return matches
        ? { ok: true }
        : { ok: false, reason: 'signature does not match any public key' }
    },
  }
}

/** An Ed25519 public key (RFC 8032) from its 32 bytes as text. Throws `option_invalid` where it is none. */
export function ed25519Key(text: string, encoding: Encoding): KeyObject {
  const bytes = decodeStrictly(text, encoding)
  if (bytes?.byteLength !== ED25519_BYTES) {
    throw new HooklineError('option_invalid', `The public key must be 32 bytes in ${encoding}.`)
  }
  const x = bytes.toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
