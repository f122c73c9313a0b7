import { HooklineError } from '../../../core/sdk/executor.ts'

/** Where the servers are, and who this is. */
export interface NatsAddress {
  /** For messages: `NATS at host:port`, of the first one. */
  readonly name: string
  /** `host:port` of each. */
  readonly hosts: readonly string[]
  readonly isTls: boolean
  readonly login: { readonly user?: string; readonly pass?: string; readonly token?: string }
}

const DEFAULT_PORT = 4222

/** Reads `url`. Throws `option_invalid` without showing it. */
export function natsAddress(given: readonly string[]): NatsAddress {
  const urls = given.map(parse)
  const hosts = urls.map(({ hostname, port }) => `${hostname}:${port || DEFAULT_PORT}`)
  return {
    name: `NATS at ${hosts[0]}`,
    hosts,
    isTls: urls.some(({ protocol }) => protocol === 'tls:'),
    login: loginOf(urls[0]),
  }
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const isKnown = url?.protocol === 'nats:' || url?.protocol === 'tls:'
  if (url !== null && isKnown && url.hostname !== '' && ['', '/'].includes(url.pathname)) return url
  throw invalid('must be `tls://user:password@host:port`, or `nats://…`')
}

function loginOf(url: URL | undefined): NatsAddress['login'] {
  if (url === undefined || url.username === '') return {}
  const user = decode(url.username)
  return url.password === '' ? { token: user } : { user, pass: decode(url.password) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('has a user or a password that is not percent-encoded')
  }
}

function invalid(why: string): HooklineError {
  return new HooklineError('option_invalid', `\`url\` ${why}`)
}
