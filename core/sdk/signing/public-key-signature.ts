import { createPublicKey, createVerify, type KeyObject, verify as verifyBytes } from 'node:crypto'
import type { Delivery, Verdict } from '../../contracts/delivery.ts'
import { HooklineError } from '../../errors/errors.ts'
import { decodeStrictly, type Encoding } from '../../kit/encoding.ts'
import type { SignedContent } from './hmac.ts'
import { readSigned, refuse, type SignatureScheme, templateOf } from './signature.ts'

/** The public keys of a sender and how they verify. */
export interface PublicKeys {
  readonly keys: readonly KeyObject[]
  /** Null for Ed25519, whose keys define it. ECDSA signatures are expected in DER. */
  readonly digest: 'sha1' | 'sha256' | 'sha384' | 'sha512' | null
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

const ED25519_BYTES = 32
/** Each signature of a delivery is checked over the whole body. A sender gives two at most while it changes its key. */
const MAX_SIGNATURES = 4
/** Ed25519 hashes the body twice with SHA-512, which is slow. */
const MAX_ED25519_BYTES = 4 * 1024 * 1024

/** Verifies signatures made with a private key; it cannot sign. `verify` never throws, whatever was sent. */
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
      const bytes = delivery.body.byteLength
      if (digest === null && bytes > MAX_ED25519_BYTES) {
        return refuse(`the body has ${bytes} bytes, more than Ed25519 is checked over`)
      }
      const given = signed.signatures
        .slice(0, MAX_SIGNATURES)
        .flatMap((text) => decodeStrictly(text, scheme.encoding) ?? [])
      const matches = keys.some((key) =>
        given.some((signature) => isSigned(digest, signed.content, { key, signature })),
      )
      return matches ? { ok: true } : refuse('signature does not match any public key')
    },
  }
}

function isSigned(
  digest: PublicKeys['digest'],
  content: SignedContent,
  { key, signature }: { readonly key: KeyObject; readonly signature: Buffer },
): boolean {
  if (digest === null) {
    const pieces = content.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece))
    return verifyBytes(null, Buffer.concat(pieces), key, signature)
  }
  // Piece by piece, so that a large body is not copied.
  const verifier = createVerify(digest)
  for (const piece of content) verifier.update(piece)
  return verifier.verify(key, signature)
}

/** Public keys in PEM, or Ed25519 keys in hex or base64. Throws `option_invalid` for anything else. */
export function publicKeys(texts: readonly string[]): readonly KeyObject[] {
  return texts.map((text) => {
    if (!text.includes('-----BEGIN')) return ed25519Key(text, text.length === 64 ? 'hex' : 'base64')
    try {
      return createPublicKey(text.replaceAll('\\n', '\n'))
    } catch {
      throw new HooklineError('option_invalid', 'The public key is not a valid PEM.')
    }
  })
}

/** An Ed25519 public key (RFC 8032) from its 32 bytes as text. Throws `option_invalid` if it is not one. */
export function ed25519Key(text: string, encoding: Encoding): KeyObject {
  const bytes = decodeStrictly(text, encoding)
  if (bytes?.byteLength !== ED25519_BYTES) {
    throw new HooklineError('option_invalid', `The public key must be 32 bytes in ${encoding}.`)
  }
  const x = bytes.toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
