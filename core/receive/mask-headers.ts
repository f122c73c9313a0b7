export const MASK = '[redacted]'

const ALWAYS_SECRET = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie']
const SECRET_QUERY = /([?&][^=&]*(?:token|secret|password|signature|api_?key|auth)[^=&]*=)[^&]*/gi

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
  return path.includes('?') ? path.replace(SECRET_QUERY, `$1${MASK}`) : path
}
