import {
  type Authenticity,
  allOf,
  basicAuth,
  type DeliveryDraft,
  headerToken,
  hmacSignature,
  type PluginContext,
  type SourceProof,
} from '../../../core/sdk/source.ts'
import { DEFAULT_TYPE_HEADER } from './event.ts'
import type { CustomOptions } from './options.ts'

/** All proofs that the options configure, as one. */
export function authenticityOf(options: CustomOptions, { clock }: PluginContext): SourceProof {
  if (options.unverified) {
    return {
      unverified: true,
      verify: () => ({ ok: true }),
      sign: (draft) => ownHeaders(options, draft),
    }
  }
  const { token, tokenHeader, bearer, basic, hmac } = options
  const ways: Authenticity[] = []
  if (token) ways.push(headerToken({ header: tokenHeader, secrets: token }))
  if (bearer) {
    ways.push(headerToken({ header: 'Authorization', prefix: 'Bearer ', secrets: bearer }))
  }
  if (basic) ways.push(basicAuth(basic.username, basic.password))
  if (hmac) {
    const { secret, ...scheme } = hmac
    const template = scheme.template ?? (scheme.timestamp ? '{timestamp}.{body}' : '{body}')
    ways.push(hmacSignature({ ...scheme, template }, { secrets: secret, clock }))
  }
  const { verify, sign } = allOf(ways)
  return { verify, sign: (draft) => ({ ...ownHeaders(options, draft), ...sign(draft) }) }
}

function ownHeaders({ type, id }: CustomOptions, draft: DeliveryDraft): Record<string, string> {
  const headers: Record<string, string> = {}
  const typeHeader = type === undefined ? DEFAULT_TYPE_HEADER : type.header?.toLowerCase()
  if (typeHeader !== undefined) headers[typeHeader] = draft.event
  if (id !== undefined && 'header' in id) headers[id.header.toLowerCase()] = draft.id
  return headers
}
