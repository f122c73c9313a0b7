export const MASK = '[redacted]'

const ALWAYS_SECRET = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie']
// Each in one pass: a path is the sender's, and one that makes the search go back and forth would hold up the node.
const QUERY_NAME = /[?&]([^?&=]*)=/g
const SECRET_NAME = /token|secret|passw|passphrase|pwd|signature|credential|key$|auth/i

/** A copy of the headers as they may be stored: values of secret ones masked. Names in lower case. */
export function maskHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  secretHeaders: readonly string[],
): Record<string, string> {
  const masked: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    const isSecret = ALWAYS_SECRET.includes(name) || secretHeaders.includes(name)
    masked[name] = isSecret ? MASK : String(value)
  }
  return masked
}

/** A path as it may be stored: values of query parameters that are named like secrets masked. */
export function maskPath(path: string): string {
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
