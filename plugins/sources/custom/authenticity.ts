import {
  allOf,
  anyOf,
  basicAuth,
  clientCertificate,
  type DeliveryDraft,
  headerToken,
  type Proof,
  queryToken,
  type SourceProof,
  senderAddress,
} from '../../../core/sdk/source.ts'
import { couldBeChallenge } from './answer.ts'
import { bodyToken } from './body-token.ts'
import { type Checks, WAYS } from './checks.ts'
import { DEFAULT_TYPE_HEADER } from './event.ts'
import { inflated } from './inflate.ts'
import { contentTypeOf } from './sample.ts'
import type { CustomOptions } from './sender.ts'
import { jsonWebTokenProof, publicKeyProof, signatureProof } from './signature.ts'

const DEFAULT_TOKEN_HEADER = 'X-Webhook-Token'

/** All proofs that the options configure, as one. */
export function authenticityOf(options: CustomOptions, clock: () => number): SourceProof {
  if (options.unverified) {
    return {
      unverified: true,
      verify: () => ({ ok: true }),
      sign: (draft) => ownHeaders(options, draft),
    }
  }
  const { gzip, answer = [] } = options
  const isOracle = answer.some(({ hmac }) => hmac !== undefined)
  const alternatives = alternativeProofs(options, clock)
  const proof = allOf([
    ...(isOracle ? [NO_CHALLENGE] : []),
    ...proofsOf(options, clock, options.jsonFields),
    ...(alternatives.length > 0 ? [anyOf(alternatives)] : []),
  ])
  const whole = gzip?.signed === 'inflated' ? overInflated(proof, gzip.maxBytes) : proof
  const { sign } = proof
  return {
    ...whole,
    ...(sign && { sign: (draft) => ({ ...ownHeaders(options, draft), ...sign(draft) }) }),
  }
}

/** Headers that carry a secret. */
export function secretHeaders(options: CustomOptions): readonly string[] {
  const tokens = allChecks(options)
    .filter(({ token, tokenQuery, tokenPath }) => token && !tokenQuery && !tokenPath)
    .map(({ tokenHeader = DEFAULT_TOKEN_HEADER }) => tokenHeader)
  return [...tokens, ...secretConditions(options).flatMap(({ header = [] }) => header)]
}

/** Query parameters that carry a secret. */
export function secretParameters(options: CustomOptions): readonly string[] {
  const tokens = allChecks(options).flatMap(({ tokenQuery = [] }) => tokenQuery)
  return [...tokens, ...secretConditions(options).flatMap(({ query = [] }) => query)]
}

function secretConditions({ answer = [] }: CustomOptions) {
  return answer.flatMap(({ when }) => (when?.secret === undefined ? [] : [when]))
}

function allChecks({ anyOf: alternatives = [], ...checks }: CustomOptions): readonly Checks[] {
  return [checks, ...alternatives]
}

/** Those that say more than where a delivery comes from are first, so that test deliveries are signed by them. */
function alternativeProofs(
  { anyOf: alternatives = [], jsonFields }: CustomOptions,
  clock: () => number,
): readonly Proof[] {
  const saysMore = (checks: Checks) => WAYS.some((way) => checks[way] !== undefined)
  return alternatives
    .toSorted((one, other) => Number(saysMore(other)) - Number(saysMore(one)))
    .map((checks) => allOf(proofsOf(checks, clock, jsonFields)))
}

function proofsOf(
  checks: Checks,
  clock: () => number,
  jsonFields: CustomOptions['jsonFields'],
): readonly Proof[] {
  const { token, bearer, basic, hmac, publicKey, jwt, allow } = checks
  const { clientCertificate: certificate } = checks
  const ways: Proof[] = []
  if (allow) ways.push(senderAddress(allow))
  if (token) ways.push(tokenProof(token, checks, jsonFields))
  if (bearer) {
    ways.push(headerToken({ header: 'Authorization', prefix: 'Bearer ', secrets: bearer }))
  }
  if (basic) ways.push(basicAuth(basic.username, basic.password))
  if (hmac) ways.push(signatureProof(hmac, clock))
  if (publicKey) ways.push(publicKeyProof(publicKey, clock))
  if (jwt) ways.push(jsonWebTokenProof(jwt, clock))
  if (certificate) ways.push(clientCertificate(certificate))
  return ways
}

function tokenProof(
  secrets: readonly string[],
  { tokenHeader = DEFAULT_TOKEN_HEADER, tokenPrefix = '', tokenQuery, tokenPath }: Checks,
  jsonFields: CustomOptions['jsonFields'],
): Proof {
  if (tokenQuery !== undefined) return queryToken(tokenQuery, secrets)
  if (tokenPath !== undefined) return bodyToken(tokenPath, secrets, jsonFields)
  return headerToken({ header: tokenHeader, prefix: tokenPrefix, secrets })
}

/** Whoever asks for an answer that is an HMAC gets the signature of a short text, so such a text proves nothing. */
const NO_CHALLENGE: Proof = {
  verify: ({ body }) =>
    couldBeChallenge(body)
      ? { ok: false, reason: 'the body could be a challenge, which this source signs for anybody' }
      : { ok: true },
  sign: () => ({}),
}

/** The same proof over the body as it was before compression. */
function overInflated(proof: Proof, maxBytes: number): Proof {
  return {
    ...proof,
    verify: async (delivery) => proof.verify(await inflated(delivery, maxBytes)),
  }
}

function ownHeaders(options: CustomOptions, draft: DeliveryDraft): Record<string, string> {
  const { type, id } = options
  const headers: Record<string, string> = {}
  const contentType = contentTypeOf(options, draft.body)
  const typeHeader = type === undefined ? DEFAULT_TYPE_HEADER : type.header?.toLowerCase()
  if (typeHeader !== undefined) headers[typeHeader] = draft.event
  if (id !== undefined && 'header' in id) headers[id.header.toLowerCase()] = draft.id
  return contentType === undefined ? headers : { ...headers, 'content-type': contentType }
}
