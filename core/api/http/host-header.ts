import type { IncomingMessage } from 'node:http'

/** As nearly all are. Of these, `URL` takes each; the others are left to it. */
const USUAL_HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/

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
  if (host === '' || USUAL_HOST.test(host)) return true
  const url = `http://${host}/`
  return URL.canParse(url) && new URL(url).hostname === host.replace(/:\d+$/, '').toLowerCase()
}
