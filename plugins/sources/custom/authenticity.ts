import {
  type Authenticity,
  allOf,
  basicAuth,
  headerToken,
  hmacSignature,
} from '../../../core/index.ts'
import type { CustomOptions } from './options.ts'

/** All ways of verifying that the options name, as one. */
export function authenticityOf(options: CustomOptions, clock: () => number): Authenticity {
  if (options.unverified) return { verify: () => ({ ok: true }), sign: () => ({}) }
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
  return allOf(ways)
}
