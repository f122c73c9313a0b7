import { secretMatcher } from '../../kit/constant-time.ts'
import { decodeStrictly } from '../../kit/encoding.ts'
import { checkedSecrets } from '../../kit/secret.ts'
import type { Proof } from './combine.ts'
import { type Authenticity, refuse } from './signature.ts'
import { TOKEN_MISTAKE, tokenMistake } from './token-mistakes.ts'

export interface TokenScheme {
  /** As the provider writes it. Add it to the source's `secretHeaders`. */
  readonly header: string
  /** Prefix of the token, case-insensitive: `Bearer `. */
  readonly prefix?: string
  readonly secrets: readonly string[]
}

/** A token that is sent as it is. It proves the sender but does not protect the body. */
export function headerToken({ header, prefix = '', secrets }: TokenScheme): Authenticity {
  const matches = secretMatcher(checkedSecrets(secrets))
  const name = header.toLowerCase()
  return {
    verify: ({ headers }) => {
      const value = headers[name]
      if (value === undefined) return refuse(`header ${header} is missing`)
      if (!value.toLowerCase().startsWith(prefix.toLowerCase())) {
        return refuse(`header ${header} does not begin with "${prefix.trim()}"`)
      }
      const token = value.slice(prefix.length)
      if (matches(headerBytes(token))) return { ok: true }
      const mistake = tokenMistake(token, secrets)
      const hint = mistake === null ? '' : TOKEN_MISTAKE + mistake
      return refuse(`token in header ${header} does not match any secret${hint}`)
    },
    sign: () => ({ [name]: prefix + headerText(secrets[0] ?? '') }),
  }
}

/** `Authorization: Basic` (RFC 7617) with one username and any of the passwords. */
export function basicAuth(username: string, passwords: readonly string[]): Authenticity {
  const pairs = passwords.map((password) => `${username}:${password}`)
  const matches = secretMatcher(pairs)
  return {
    verify: ({ headers }) => {
      const value = headers['authorization']
      if (value === undefined) return refuse('header Authorization is missing')
      const encoded = /^basic +(\S+)$/i.exec(value)?.[1]
      const pair = encoded === undefined ? null : decodeStrictly(encoded, 'base64')
      if (pair === null) return refuse('header Authorization is not of the Basic scheme')
      return matches(pair) ? { ok: true } : refuse('user name or password does not match')
    },
    sign: () => ({
      authorization: `Basic ${Buffer.from(pairs[0] ?? '').toString('base64')}`,
    }),
  }
}

/** A token in the query of the URL. Add the parameter to the source's `secretParameters`. */
export function queryToken(parameter: string, secrets: readonly string[]): Proof {
  const matches = secretMatcher(checkedSecrets(secrets))
  return {
    verify: ({ query }) => {
      const [token, ...more] = query.getAll(parameter)
      if (token === undefined) return refuse(`query parameter ${parameter} is missing`)
      if (more.length > 0) return refuse(`query parameter ${parameter} is there more than once`)
      return matches(token)
        ? { ok: true }
        : refuse(`query parameter ${parameter} does not match any secret`)
    },
    embedProof: (draft) => {
      const url = new URL(draft.url)
      url.searchParams.set(parameter, secrets[0] ?? '')
      return { ...draft, url: url.href }
    },
    sign: () => ({}),
  }
}

// HTTP headers are decoded as Latin-1, so the UTF-8 bytes of a token beyond ASCII arrive as Latin-1 characters.
function headerBytes(value: string): Buffer {
  return Buffer.from(value, 'latin1')
}

function headerText(secret: string): string {
  return Buffer.from(secret).toString('latin1')
}
