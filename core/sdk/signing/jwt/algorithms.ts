import { constants, createVerify, type KeyObject, verify as verifyBytes } from 'node:crypto'
import { bytesEqual } from '../../../kit/constant-time.ts'
import { computeHmac, type HmacAlgorithm } from '../hmac.ts'

/** Algorithms of JWS (RFC 7518, RFC 8037). `none` is not one of them. */
export const JWT_ALGORITHMS = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number]

const CURVES: Readonly<Record<string, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
}
const MIN_RSA_BITS = 2048

/** Whether the algorithm signs with a shared secret, and not with a private key. */
export function isSymmetric(algorithm: JwtAlgorithm): boolean {
  return algorithm.startsWith('HS')
}

/** Whether a key is one of the algorithm: a public key is never taken for a secret, or the other way round. */
export function fitsKey(algorithm: JwtAlgorithm, key: KeyObject): boolean {
  if (key.type === 'secret' || isSymmetric(algorithm)) {
    return key.type === 'secret' && isSymmetric(algorithm)
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (algorithm === 'EdDSA') return type === 'ed25519'
  if (algorithm.startsWith('ES')) {
    return type === 'ec' && details?.namedCurve === CURVES[algorithm]
  }
  return type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS
}

/** Whether the signature is that of the text under a key that fits the algorithm. Never throws. */
export function isSignedBy(
  algorithm: JwtAlgorithm,
  key: KeyObject,
  { text, signature }: { readonly text: string; readonly signature: Buffer },
): boolean {
  if (!fitsKey(algorithm, key)) return false
  if (isSymmetric(algorithm)) {
    return bytesEqual(computeHmac(digestOf(algorithm), key, [text]), signature)
  }
  if (algorithm === 'EdDSA') return verifyBytes(null, Buffer.from(text), key, signature)
  const options = {
    key,
    dsaEncoding: 'ieee-p1363',
    ...(algorithm.startsWith('PS') && {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
  } as const
  try {
    return createVerify(digestOf(algorithm)).update(text).verify(options, signature)
  } catch {
    // A signature of another length than the curve has.
    return false
  }
}

/** The digest that an algorithm names by its number. */
export function digestOf(algorithm: JwtAlgorithm): HmacAlgorithm {
  return `sha${algorithm.slice(2)}` as HmacAlgorithm
}
