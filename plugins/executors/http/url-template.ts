import { isIP } from 'node:net'
import { compileTemplate, HooklineError, type ValueSource } from '../../../core/sdk/executor.ts'
import type { AddressGuard } from './address-guard.ts'
import type { HttpOptions } from './options.ts'

/** The `url` of a program. */
export interface UrlTemplate {
  /** Scheme, host and port, for messages: the rest may hold a secret. */
  readonly origin: string
  /** Throws `param_missing`, or `param_refused` if a value would change the path. */
  fill(source: ValueSource): URL
}

const ORIGIN = /^https?:\/\/[^/?#\\{}]+/i
const DOT_SEGMENT = /[/\\](?:\.|%2e){1,2}(?=[/\\]|$)/i
const QUERY = /[?#].*$/s

/** Compiles a `url`. Throws `option_invalid` without showing it: it may hold a secret. */
export function compileUrl(
  { url, secrets, allowHttp }: Pick<HttpOptions, 'url' | 'secrets' | 'allowHttp'>,
  guard: AddressGuard,
): UrlTemplate {
  const template = compileTemplate(url, { path: 'url', secrets })
  const hasValues = template.names.some((name) => !name.startsWith('secret.'))
  checkOrigin(template.start, hasValues)
  const origin = parse(template.start)
  if (origin.username !== '' || origin.password !== '') {
    throw invalid('must not hold a user or a password; use `basic`')
  }
  if (origin.protocol === 'http:' && !allowHttp) {
    throw invalid('must begin with `https:`, or set `allowHttp`')
  }
  const host = bareHost(origin)
  const refused = isIP(host) === 0 ? null : guard.refusal(host, host)
  if (refused !== null) {
    throw invalid(`leads to ${host}, and ${refused}; name it in \`allowPrivate\` if it is meant`)
  }
  if (DOT_SEGMENT.test(url.replace(QUERY, '')))
    throw invalid('must not hold `.` or `..` as a folder')
  return {
    origin: origin.origin,
    fill: (source) => {
      const filled = template.fill(source, (value) => encodeURIComponent(value.toWellFormed()))
      if (DOT_SEGMENT.test(filled.replace(QUERY, ''))) {
        throw new HooklineError(
          'param_refused',
          'A value in `url` is `.` or `..`, which would change the path.',
          { remedy: 'Add a condition to the rule that keeps such values out.' },
        )
      }
      return new URL(filled)
    },
  }
}

/** The host of a URL, an IPv6 address without its brackets. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

// If the host were a value, a sender could choose who gets the request and its credentials.
function checkOrigin(start: string, hasValues: boolean): void {
  const origin = ORIGIN.exec(start)?.[0]
  if (origin === undefined) throw invalid('must begin with `https://` and a host')
  if (hasValues && origin.length === start.length) {
    throw invalid('may hold values in its path and query only: end the host with `/`')
  }
}

function parse(text: string): URL {
  if (URL.canParse(text)) return new URL(text)
  throw invalid('is no valid URL')
}

function invalid(why: string): HooklineError {
  return new HooklineError('option_invalid', `\`url\` ${why}`)
}
