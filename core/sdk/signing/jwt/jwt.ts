import { createSecretKey, hash, type KeyObject } from 'node:crypto'
import type { Delivery, Verdict } from '../../../contracts/delivery.ts'
import type { DeliveryDraft } from '../../../contracts/source.ts'
import { HooklineError } from '../../../errors/errors.ts'
import { bytesEqual } from '../../../kit/constant-time.ts'
import { decodeStrictly, type Encoding } from '../../../kit/encoding.ts'
import type { Proof } from '../combine.ts'
import { computeHmac } from '../hmac.ts'
import { refuse } from '../signature.ts'
import { digestOf, fitsKey, isSignedBy, isSymmetric, type JwtAlgorithm } from './algorithms.ts'
import { type ClaimsCheck, claimsFault } from './claims.ts'
import type { KeySet, ListedKey } from './key-set.ts'
import { readToken, type UnverifiedToken } from './token.ts'

/** How a sender proves its deliveries by a JSON Web Token (RFC 7519). */
export interface JwtScheme extends ClaimsCheck {
  /** As the sender writes it. `Bearer` may stand before the token. */
  readonly header: string
  /** The only algorithms that are taken, whatever the token says. */
  readonly algorithms: readonly JwtAlgorithm[]
  /** The claim that holds a hash of the body. Default: the token does not protect the body. */
  readonly body?: BodyClaim | undefined
}

export interface BodyClaim {
  readonly claim: string
  readonly algorithm: 'sha256' | 'sha384' | 'sha512'
  readonly encoding: Encoding
}

/** Secrets for HS algorithms, public keys or a set of them for all others. */
export type JwtKeys =
  | { readonly secrets: readonly string[] }
  | { readonly keys: readonly KeyObject[] }
  | { readonly keySet: KeySet }

const BEARER = /^bearer +/i
/** A token without the id of its key is tried with each key that fits. */
const MAX_TRIED_KEYS = 10
const SIGNED_SECONDS = 60

/** Verifies tokens, and signs them if it has the secret. Throws `option_invalid` if an algorithm does not go with the keys. */
export function jwtProof(scheme: JwtScheme, given: JwtKeys, clock: () => number): Proof {
  const secrets =
    'secrets' in given ? given.secrets.map((text) => createSecretKey(Buffer.from(text))) : []
  const keys = 'keys' in given ? given.keys : secrets
  const wrong = scheme.algorithms.find((one) => isSymmetric(one) !== 'secrets' in given)
  const useless = keys.find((key) => !scheme.algorithms.some((one) => fitsKey(one, key)))
  if (wrong !== undefined || useless !== undefined) {
    const what =
      wrong === undefined
        ? 'A key fits none of the algorithms'
        : `${wrong} does not go with the keys`
    throw new HooklineError(
      'option_invalid',
      `${what}: HS algorithms take a secret, all others a public key (RSA of 2048 bits at least).`,
    )
  }
  const listed = keys.map((key): ListedKey => ({ id: null, algorithm: null, key }))
  const findKeys = async (id: string | null) => ('keySet' in given ? given.keySet.find(id) : listed)
  const [secret] = secrets
  return {
    verify: (delivery) => verify(scheme, delivery, { findKeys, now: clock() }),
    ...(secret && { sign: (draft) => sign(scheme, secret, draft) }),
  }
}

interface Verifying {
  findKeys(id: string | null): Promise<readonly ListedKey[]>
  readonly now: number
}

async function verify(
  scheme: JwtScheme,
  delivery: Delivery,
  { findKeys, now }: Verifying,
): Promise<Verdict> {
  const { header, algorithms, body } = scheme
  const value = delivery.headers[header.toLowerCase()]
  if (value === undefined) return refuse(`header ${header} is missing`)
  const token = readToken(value.trim().replace(BEARER, ''))
  if (token === null) return refuse(`header ${header} has no JSON Web Token`)
  const algorithm = algorithms.find((one) => one === token.algorithm)
  if (algorithm === undefined) return refuse('the algorithm of the token is none of the config')
  const fault = claimsFault(token.claims, scheme, { now, isBound: body !== undefined })
  if (fault !== null) return refuse(fault)
  const keys = (await findKeys(token.keyId)).filter((listed) => isKeyFor(algorithm, listed))
  if (keys.length === 0) return refuse('the sender has no such key for the token')
  if (!keys.slice(0, MAX_TRIED_KEYS).some(({ key }) => isSignedBy(algorithm, key, token))) {
    return refuse('the signature of the token does not match')
  }
  return body === undefined || isBoundTo(token, body, delivery.body)
    ? { ok: true }
    : refuse(`\`${body.claim}\` of the token is not the hash of the body`)
}

function isKeyFor(algorithm: JwtAlgorithm, listed: ListedKey): boolean {
  return (listed.algorithm ?? algorithm) === algorithm && fitsKey(algorithm, listed.key)
}

function isBoundTo(
  { claims }: UnverifiedToken,
  { claim, algorithm, encoding }: BodyClaim,
  body: Uint8Array,
): boolean {
  const given = claims[claim]
  const expected = typeof given === 'string' ? decodeStrictly(given, encoding) : null
  return expected !== null && bytesEqual(hash(algorithm, body, 'buffer'), expected)
}

function sign(
  { header, algorithms, issuer, audience, claims, body }: JwtScheme,
  secret: KeyObject,
  draft: DeliveryDraft,
): Record<string, string> {
  const [algorithm = 'HS256'] = algorithms
  const iat = Math.floor(draft.sentAt.getTime() / 1000)
  const payload = {
    ...(issuer && { iss: issuer[0] }),
    ...(audience && { aud: audience[0] }),
    iat,
    exp: iat + SIGNED_SECONDS,
    ...claims,
    ...(body && { [body.claim]: hash(body.algorithm, draft.body, body.encoding) }),
  }
  const text = [{ alg: algorithm, typ: 'JWT' }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const mac = computeHmac(digestOf(algorithm), secret, [text]).toString('base64url')
  const prefix = header.toLowerCase() === 'authorization' ? 'Bearer ' : ''
  return { [header.toLowerCase()]: `${prefix}${text}.${mac}` }
}
