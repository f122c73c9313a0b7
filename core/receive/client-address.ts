import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'
import { HooklineError } from '../kit/errors.ts'

type Address = IPv4 | IPv6

/** Addresses and ranges, parsed once. */
export type AddressRanges = readonly (readonly [Address, number])[]

export interface Connection {
  /** The peer of the socket; null when the connection had gone. */
  readonly socketAddress: string | null
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly trustedProxies: AddressRanges
}

/** Parses addresses and CIDR ranges of either family. Throws `option_invalid`. */
export function compileRanges(list: readonly string[]): AddressRanges {
  return list.map(parseRange)
}

/** False for what is no address. An IPv4 address written as IPv6 (`::ffff:…`) counts as IPv4. */
export function addressInRanges(address: string, ranges: AddressRanges): boolean {
  const parsed = parseAddress(address)
  return parsed !== null && isWithin(parsed, ranges)
}

/**
 * The address of the sender, normalised; null where it cannot be known. Headers count only on a connection from a
 * trusted proxy, and then only as far as trusted proxies wrote them: `X-Forwarded-For` or, without it, `Forwarded`
 * (RFC 7239) is read from the right, and the first hop that is not trusted is the sender. What is no address ends
 * the reading at the hop before it.
 *
 * `CF-Connecting-IP` counts only where neither is there. Cloudflare sends `X-Forwarded-For` with the same address
 * last; behind any other proxy, a sender can set `CF-Connecting-IP` to what it likes.
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

function hopsNewestFirst(headers: Connection['headers']): string[] {
  const forwardedFor = headers['x-forwarded-for']
  if (forwardedFor !== undefined) return forwardedFor.split(',').reverse()
  const forwarded = headers['forwarded']
  if (forwarded !== undefined) return splitOutsideQuotes(forwarded, ',').map(forNode).reverse()
  const cloudflare = headers['cf-connecting-ip']
  return cloudflare === undefined ? [] : [cloudflare]
}

/** The `for` of one element of `Forwarded`; empty where there is none. */
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

function parseAddress(text: string): Address | null {
  // Short and octal forms (`127.1`, `0177.0.0.1`) mean different things to different programs.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  const [withoutZone = ''] = text.split('%', 1)
  if (!ipaddr.IPv6.isValid(withoutZone)) return null
  const address = ipaddr.IPv6.parse(withoutZone)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

function parseRange(text: string): readonly [Address, number] {
  const [base = '', prefix, ...rest] = text.split('/')
  const address = parseAddress(base)
  if (address === null || rest.length > 0) throw invalidRange(text)
  const bits = address.kind() === 'ipv4' ? 32 : 128
  if (prefix === undefined) return [address, bits]
  // Of `::ffff:10.0.0.0/104`, the first 96 bits only say that it is IPv4.
  const length = Number(prefix) - (bits === 32 && base.includes(':') ? 96 : 0)
  if (!/^\d{1,3}$/.test(prefix) || length < 0 || length > bits) throw invalidRange(text)
  return [address, length]
}

function invalidRange(text: string): HooklineError {
  return new HooklineError(
    'option_invalid',
    `An address or CIDR range is expected, not ${JSON.stringify(text.slice(0, 64))}`,
  )
}

function isWithin(address: Address, ranges: AddressRanges): boolean {
  return ranges.some(
    ([base, length]) => base.kind() === address.kind() && address.match(base, length),
  )
}
