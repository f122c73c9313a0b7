import { secretMatcher } from '../../kit/constant-time.ts'
import { urlDecoded } from '../../kit/encoding.ts'

/** Introduces, in the reason of a refusal, the mistake without which the token would match. */
export const TOKEN_MISTAKE = '; it would, but '

interface Mistake {
  readonly what: string
  readonly given?: (token: string) => string
  readonly secret?: (secret: string) => string
}

const MISTAKES: readonly Mistake[] = [
  { what: '`Bearer` stands before it once too often', given: withoutScheme },
  { what: 'it stands in quotes', given: withoutQuotes },
  { what: 'it is URL-encoded', given: urlDecoded },
  {
    what: 'it is written in base64',
    given: (token) => Buffer.from(token, 'base64').toString('latin1'),
  },
  { what: 'the secret of the config has blanks or line ends at its edges', secret: trimmed },
  { what: 'the secret of the config stands in quotes', secret: withoutQuotes },
  { what: 'the secret of the config begins with `Bearer`', secret: withoutScheme },
]

/**
 * The common mistake that keeps a token from matching a secret; null if none does. Tokens are never stored, so it must
 * be found while the delivery is being verified.
 */
export function tokenMistake(token: string, secrets: readonly string[]): string | null {
  for (const { what, given = same, secret = same } of MISTAKES) {
    const matches = secretMatcher(secrets.map(secret).filter((text) => text !== ''))
    if (matches(Buffer.from(given(token), 'latin1'))) return what
  }
  return null
}

function same(text: string): string {
  return text
}

function trimmed(text: string): string {
  return text.trim()
}

function withoutScheme(text: string): string {
  return text.replace(/^(?:bearer\s+)+/i, '')
}

function withoutQuotes(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/s, '$2')
}
