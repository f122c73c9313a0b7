import { HooklineError } from '../../../errors/errors.ts'

/** Where a server is. */
export interface RedisAddress {
  /** For messages: `Redis at host:port`. */
  readonly name: string
  /** `host:port`. */
  readonly host: string
  /** As it was given, with its secrets. */
  readonly url: string
  /** The option that gives it: `url`. */
  readonly option: string
}

const DEFAULT_PORT = 6379

/**
 * Reads the URL of an option. Throws `option_invalid` without showing it.
 * https://www.iana.org/assignments/uri-schemes/prov/redis
 */
export function addressOf(text: string, option: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : null
  const isKnown = url?.protocol === 'redis:' || url?.protocol === 'rediss:'
  if (url === null || !isKnown || url.hostname === '' || !/^(\/\d*)?$/.test(url.pathname)) {
    throw new HooklineError(
      'option_invalid',
      `\`${option}\` must be \`rediss://user:password@host:port/number\`, or \`redis://…\``,
    )
  }
  const host = `${url.hostname}:${url.port || DEFAULT_PORT}`
  return { name: `Redis at ${host}`, host, url: text, option }
}

/** Host and port; nothing for a URL that `addressOf` refuses. */
export function hostOf(text: string): string {
  try {
    return addressOf(text, '').host
  } catch {
    return ''
  }
}
