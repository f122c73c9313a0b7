import { urlDecoded } from '../kit/encoding.ts'
import type { DeliveryParts } from '../matching/received-delivery.ts'
import { finding } from './finding.ts'
import type { Change } from './trials.ts'

const HOST_HEADERS = ['x-forwarded-host', 'x-original-host', 'host']
const HOST = /^[A-Za-z0-9.-]+(?::\d{1,5})?$/

/** Other URLs that the sender may have been given. */
export function urlChanges({ publicUrl, path, headers }: DeliveryParts): readonly Change[] {
  const changes: Change[] = []
  const seen = new Set([publicUrl + path])
  for (const otherPath of paths(path)) {
    for (const base of bases(publicUrl, headers)) {
      if (seen.has(base + otherPath)) continue
      seen.add(base + otherPath)
      changes.push({
        kind: 'url',
        findings: [finding('url_differs', messageOf(base, otherPath, path))],
        delivery: (parts) => ({ ...parts, publicUrl: base, path: otherPath }),
      })
    }
  }
  return changes
}

// The query is not shown: it may contain a token.
function messageOf(base: string, path: string, given: string): string {
  const [pathname, query] = path.split('?', 2)
  const hadQuery = given.includes('?')
  const note =
    hadQuery && query === undefined ? ' without the query' : hadQuery ? ' and the query' : ''
  return `The sender signs the URL ${base}${pathname}${note}; this service expects another one.`
}

function bases(publicUrl: string, headers: DeliveryParts['headers']): ReadonlySet<string> {
  const found = new Set([publicUrl])
  const given = URL.canParse(publicUrl) ? new URL(publicUrl) : null
  const hosts = HOST_HEADERS.flatMap((name) => {
    const host = headers[name]?.split(',')[0]?.trim() ?? ''
    return HOST.test(host) ? [host] : []
  })
  for (const host of [...(given === null ? [] : [given.host]), ...hosts]) {
    const name = host.replace(/:\d+$/, '')
    const port = given?.port ?? ''
    const other = name.startsWith('www.') ? name.slice(4) : `www.${name}`
    for (const scheme of ['https', 'http']) {
      for (const full of [host, name, `${name}:${scheme === 'https' ? 443 : 80}`, other]) {
        found.add(`${scheme}://${full}`)
      }
      if (port !== '') found.add(`${scheme}://${name}:${port}`)
    }
  }
  return found
}

function paths(path: string): ReadonlySet<string> {
  const [pathname = '', query] = path.split('?', 2)
  const search = query === undefined ? '' : `?${query}`
  const slashed = pathname.endsWith('/') ? pathname.slice(0, -1) : `${pathname}/`
  return new Set([path, slashed + search, pathname, slashed, urlDecoded(path), ''])
}
