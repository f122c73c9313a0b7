import { type Address, type AddressRanges, isWithin, parseAddress } from '../kit/address-ranges.ts'

export interface Connection {
  /** The peer of the socket; null if the connection is closed. */
  readonly socketAddress: string | null
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly trustedProxies: AddressRanges
}

/**
 * The normalised address of the sender; null if unknown. Headers are read only on a connection from a trusted proxy,
 * and only the part that trusted proxies wrote: `X-Forwarded-For` or, without it, `Forwarded` (RFC 7239) is read from the
 * right, and the first hop that is not trusted is the sender. A hop that is not an address ends the reading; the hop
 * before it is then the sender.
 *
 * `CF-Connecting-IP` is read only if neither header is there. Cloudflare sends `X-Forwarded-For` with the same address
 * last. Behind any other proxy, a sender can set `CF-Connecting-IP` to anything.
 */
export function clientAddress(connection: Connection): string | null {
  const { socketAddress, headers, trustedProxies } = connection
  const peer = socketAddress === null ? null : parseAddress(socketAddress)
  if (peer === null) return null
  let client = peer
  for (const hop of hopsNewestFirst(headers)) {
    if (!isWithin(client, trustedProxies)) break
    const address = parseHop(hop)
    if (address === null) break
    client = address
  }
  return client.toString()
}

/** Whether a connection comes from a trusted proxy. */
export function isFromProxy({
  socketAddress,
  trustedProxies,
}: Pick<Connection, 'socketAddress' | 'trustedProxies'>): boolean {
  const peer = socketAddress === null ? null : parseAddress(socketAddress)
  return peer !== null && isWithin(peer, trustedProxies)
}

/**
 * The normalised address that a tunnel gives in its header, of which the last entry is its own; null if it gives none.
 * Only for connections that nobody but the tunnel can make.
 */
export function tunnelClient(header: string | undefined): string | null {
  const last = header?.split(',').at(-1)
  return last === undefined ? null : (parseHop(last)?.toString() ?? null)
}

function hopsNewestFirst(headers: Connection['headers']): string[] {
  const forwardedFor = headers['x-forwarded-for']
  if (forwardedFor !== undefined) return forwardedFor.split(',').reverse()
  const forwarded = headers['forwarded']
  if (forwarded !== undefined) return splitOutsideQuotes(forwarded, ',').map(forNode).reverse()
  const cloudflare = headers['cf-connecting-ip']
  return cloudflare === undefined ? [] : [cloudflare]
}

/** The `for` parameter of one element of `Forwarded`; empty if there is none. */
function forNode(element: string): string {
  for (const pair of splitOutsideQuotes(element, ';')) {
    const [, value] = /^\s*for=(.*)$/i.exec(pair) ?? []
    if (value !== undefined) return value.trim().replace(/^"(.*)"$/, '$1')
  }
  return ''
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts = text.match(separator === ',' ? /(?:"[^"]*"|[^,])+/g : /(?:"[^"]*"|[^;])+/g)
  return parts ?? []
}

// Some proxies add the port of the connection: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
function parseHop(hop: string): Address | null {
  const text = hop.trim()
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? []
  if (bracketed !== undefined) return bracketed.includes(':') ? parseAddress(bracketed) : null
  return parseAddress(text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1'))
}
