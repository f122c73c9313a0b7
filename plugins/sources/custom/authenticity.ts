import {
  allOf,
  anyOf,
  basicAuth,
  type DeliveryDraft,
  headerToken,
  hmacSignature,
  type PluginContext,
  type Proof,
  queryToken,
  type SourceProof,
  senderAddress,
} from '../../../core/sdk/source.ts'
import { bodyToken } from './body-token.ts'
import type { Checks } from './checks.ts'
import { DEFAULT_TYPE_HEADER } from './event.ts'
import type { CustomOptions } from './options.ts'

const DEFAULT_TOKEN_HEADER = 'X-Webhook-Token'

/** All proofs that the options configure, as one. */
export function authenticityOf(options: CustomOptions, context: PluginContext): SourceProof {
  if (options.unverified) {
    return {
      unverified: true,
      verify: () => ({ ok: true }),
      sign: (draft) => ownHeaders(options, draft),
    }
  }
  const { anyOf: alternatives = [] } = options
  const proof = allOf([
    ...proofsOf(options, context),
    ...(alternatives.length > 0 ? [anyOf(alternativeProofs(alternatives, context))] : []),
  ])
  const { sign } = proof
  return {
    ...proof,
    ...(sign && { sign: (draft) => ({ ...ownHeaders(options, draft), ...sign(draft) }) }),
  }
}

/** Headers that carry a token. */
export function tokenHeaders(options: CustomOptions): readonly string[] {
  return allChecks(options)
    .filter(({ token, tokenQuery, tokenPath }) => token && !tokenQuery && !tokenPath)
    .map(({ tokenHeader = DEFAULT_TOKEN_HEADER }) => tokenHeader)
}

/** Query parameters that carry a token. */
export function tokenParameters(options: CustomOptions): readonly string[] {
  return allChecks(options).flatMap(({ tokenQuery = [] }) => tokenQuery)
}

function allChecks({ anyOf: alternatives = [], ...checks }: CustomOptions): readonly Checks[] {
  return [checks, ...alternatives]
}

/** Those that say more than where a delivery comes from are first, so that test deliveries are signed by them. */
function alternativeProofs(
  alternatives: readonly Checks[],
  context: PluginContext,
): readonly Proof[] {
  return alternatives
    .map((checks) => ({
      checks,
      others: proofsOf({ ...checks, allow: undefined }, context).length,
    }))
    .toSorted((one, other) => Number(other.others > 0) - Number(one.others > 0))
    .map(({ checks }) => allOf(proofsOf(checks, context)))
}

function proofsOf(checks: Checks, { clock }: PluginContext): readonly Proof[] {
  const { token, bearer, basic, hmac, allow } = checks
  const ways: Proof[] = []
  if (allow) ways.push(senderAddress(allow))
  if (token) ways.push(tokenProof(token, checks))
  if (bearer) {
    ways.push(headerToken({ header: 'Authorization', prefix: 'Bearer ', secrets: bearer }))
  }
  if (basic) ways.push(basicAuth(basic.username, basic.password))
  if (hmac) {
    const { secret, ...scheme } = hmac
    const template = scheme.template ?? (scheme.timestamp ? '{timestamp}.{body}' : '{body}')
    ways.push(hmacSignature({ ...scheme, template }, { secrets: secret, clock }))
  }
  return ways
}

function tokenProof(
  secrets: readonly string[],
  { tokenHeader = DEFAULT_TOKEN_HEADER, tokenPrefix = '', tokenQuery, tokenPath }: Checks,
): Proof {
  if (tokenQuery !== undefined) return queryToken(tokenQuery, secrets)
  if (tokenPath !== undefined) return bodyToken(tokenPath, secrets)
  return headerToken({ header: tokenHeader, prefix: tokenPrefix, secrets })
}

function ownHeaders({ type, id }: CustomOptions, draft: DeliveryDraft): Record<string, string> {
  const headers: Record<string, string> = {}
  const typeHeader = type === undefined ? DEFAULT_TYPE_HEADER : type.header?.toLowerCase()
  if (typeHeader !== undefined) headers[typeHeader] = draft.event
  if (id !== undefined && 'header' in id) headers[id.header.toLowerCase()] = draft.id
  return headers
}
