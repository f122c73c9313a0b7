import { urlDecoded } from '../kit/encoding.ts'
import { REDACTED } from './redacted.ts'
import type { Redactor } from './redactor.ts'
import { isSecretHeader, isSecretParameter } from './secret-names.ts'

// Linear in time: the sender chooses the path, and backtracking would hold up the node.
const QUERY_NAME = /[?&]([^?&=]*)=/g

/**
 * A copy of the headers that may be stored. Masks the values of secret headers, those named like a secret, and all
 * values that hold a secret in any form. Names must be in lower case.
 */
export function maskHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  secretHeaders: readonly string[],
  redactor?: Pick<Redactor, 'text'>,
): Record<string, string> {
  const masked: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    const text = String(value)
    const isMasked = secretHeaders.includes(name) || isSecretHeader(name)
    masked[name] = isMasked || (redactor?.text(text) ?? text) !== text ? REDACTED : text
  }
  return masked
}

/**
 * A path that may be stored. Masks secrets in any form, and the values of secret query parameters and of those named like
 * secrets.
 */
export function maskPath(
  whole: string,
  secretParameters: readonly string[] = [],
  redactor?: Pick<Redactor, 'text'>,
): string {
  const path = redactor?.text(whole) ?? whole
  let masked = ''
  let end = 0
  for (const match of path.matchAll(QUERY_NAME)) {
    const name = urlDecoded(match[1]?.replaceAll('+', ' ') ?? '')
    const isMasked = secretParameters.includes(name) || isSecretParameter(name)
    if (match.index < end || !isMasked) continue
    const start = match.index + match[0].length
    masked += path.slice(end, start) + REDACTED
    const next = path.indexOf('&', start)
    end = next === -1 ? path.length : next
  }
  return masked + path.slice(end)
}
