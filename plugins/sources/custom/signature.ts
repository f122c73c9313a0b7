import {
  anyOf,
  fetchText,
  type HmacScheme,
  hmacSignature,
  type JwtKeys,
  jwtProof,
  KeySet,
  type Proof,
  publicKeySignature,
  publicKeys,
} from '../../../core/sdk/source.ts'
import type { HmacCheck, JwtCheck, PublicKeyCheck } from './checks.ts'

/** A signature in a header. Each algorithm, with the prefix and without it, is a scheme of its own. */
export function signatureProof(check: HmacCheck, clock: () => number): Proof {
  const { secret: secrets, algorithm: algorithms, prefixOptional, timestamp, ...form } = check
  const schemes = [algorithms].flat().flatMap((algorithm): readonly HmacScheme[] => {
    const prefix = form.prefix?.replaceAll('{algorithm}', algorithm)
    const scheme = { ...form, ...timeOf(check), algorithm, prefix }
    return prefixOptional ? [scheme, { ...scheme, prefix: undefined }] : [scheme]
  })
  const proofs = schemes.map((scheme) => hmacSignature(scheme, { secrets, clock }))
  const [only] = proofs
  return only !== undefined && proofs.length === 1 ? only : anyOf(proofs)
}

/** A signature of which only the sender has the private key. */
export function publicKeyProof(check: PublicKeyCheck, clock: () => number): Proof {
  const { key, digest, timestamp, ...form } = check
  const scheme = { ...form, ...timeOf(check) }
  const proofs = publicKeys(key).map((one) =>
    publicKeySignature(scheme, {
      keys: [one],
      digest: one.asymmetricKeyType === 'ed25519' ? null : digest,
      clock,
    }),
  )
  const [only] = proofs
  return only !== undefined && proofs.length === 1 ? only : anyOf(proofs)
}

/** A JSON Web Token in a header. */
export function jsonWebTokenProof(check: JwtCheck, clock: () => number): Proof {
  return jwtProof(check, keysOf(check, clock), clock)
}

function keysOf({ secret = [], publicKey, jwksUrl }: JwtCheck, clock: () => number): JwtKeys {
  if (jwksUrl !== undefined) return { keySet: new KeySet(jwksUrl, fetchText, clock) }
  return publicKey === undefined ? { secrets: secret } : { keys: publicKeys(publicKey) }
}

function timeOf({
  timestamp,
  template,
}: Pick<HmacCheck, 'timestamp' | 'template'>): Pick<HmacScheme, 'timestamp' | 'template'> {
  if (timestamp === undefined) return { template }
  const { header, prefix = '', ...limits } = timestamp
  return {
    template: template ?? '{timestamp}.{body}',
    timestamp: { ...limits, ...(header === undefined ? { prefix } : { header }) },
  }
}
