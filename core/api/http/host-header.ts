import type { IncomingMessage } from 'node:http'

/** What `URL` drops from a host, rewrites, or takes for its end or the start of another one. */
const NOT_OF_HOST = /[^!-~]|[/?#@\\]/

/** Why the Host of a request is refused (RFC 9112, section 3.2); null if it is not. HTTP/1.0 may have none. */
export function hostFault({
  rawHeaders,
  headers: { host },
  httpVersion,
}: Pick<IncomingMessage, 'rawHeaders' | 'headers' | 'httpVersion'>): string | null {
  if (host === undefined) return httpVersion === '1.1' ? 'The header Host is missing' : null
  // Node.js keeps the first of several.
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') count++
  }
  if (count > 1) return `There are ${count} headers Host`
  return isHost(host) ? null : 'The header Host is no host with a port or without one'
}

function isHost(host: string): boolean {
  return host === '' || (!NOT_OF_HOST.test(host) && URL.canParse(`http://${host}/`))
}

/** A valid Host as `URL` writes it: an address in its shortest form, no empty port. One that differs by its case stays. */
export function normalHost(host: string): string {
  const normal = new URL(`http://${host}/`).host
  return normal === host.toLowerCase() ? host : normal
}
