export const MASK = '[redacted]'

const ALWAYS_SECRET = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie']
// Each in one pass: a path is the sender's, and one that makes the search go back and forth would hold up the node.
const QUERY_NAME = /[?&]([^?&=]*)=/g
const SECRET_NAME = /token|secret|passw|passphrase|pwd|signature|credential|key$|auth/i

// A shorter one would mask half of all text.
const MIN_SECRET_LENGTH = 4

/** How secrets may stand in a header or a path: as they are, or URL-encoded. The longest first. */
export function storableForms(secrets: readonly string[]): readonly string[] {
  const long = secrets.filter(({ length }) => length >= MIN_SECRET_LENGTH)
  const forms = long.flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([[secret, '']]).toString().slice(0, -1),
  ])
  return [...new Set(forms)].toSorted((one, other) => other.length - one.length)
}

/**
 * A copy of the headers as they may be stored: values of secret ones masked, and those that hold one of the secrets,
 * which a sender may put in any. Names in lower case.
 */
export function maskHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  secretHeaders: readonly string[],
  secrets: readonly string[] = [],
): Record<string, string> {
  const masked: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    const isSecret = ALWAYS_SECRET.includes(name) || secretHeaders.includes(name)
    const text = String(value)
    masked[name] = isSecret || secrets.some((secret) => text.includes(secret)) ? MASK : text
  }
  return masked
}

/** A text as it may be stored: the secrets given masked. */
export function maskText(whole: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, MASK), whole)
}

/** A path as it may be stored: values of query parameters that are named like secrets masked, and the secrets given. */
export function maskPath(whole: string, secrets: readonly string[] = []): string {
  const path = maskText(whole, secrets)
  let masked = ''
  let end = 0
  for (const match of path.matchAll(QUERY_NAME)) {
    if (match.index < end || !SECRET_NAME.test(match[1] ?? '')) continue
    const start = match.index + match[0].length
    masked += path.slice(end, start) + MASK
    const next = path.indexOf('&', start)
    end = next === -1 ? path.length : next
  }
  return masked + path.slice(end)
}
