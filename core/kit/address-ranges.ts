import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'
import { HooklineError } from '../errors/errors.ts'

export type Address = IPv4 | IPv6

/** Parsed addresses and ranges. */
export type AddressRanges = readonly (readonly [Address, number])[]

/** Most requests come from a few addresses, so those parsed last are kept, each at a place of its own. */
const PLACES = 64
const places: { text: string; address: Address | null }[] = []

/** Parses IPv4 and IPv6 addresses and CIDR ranges. Throws `option_invalid`. */
export function compileRanges(list: readonly string[]): AddressRanges {
  return list.map((text) => {
    const range = parseRange(text)
    if (range === null) throw invalidRange(text)
    return range
  })
}

/** Whether a text is an address or a CIDR range. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== null
}

/** Whether an address is within the ranges; false for an invalid address. `::ffff:1.2.3.4` counts as IPv4. */
export function addressInRanges(address: string, ranges: AddressRanges): boolean {
  const parsed = parseAddress(address)
  return parsed !== null && isWithin(parsed, ranges)
}

/** Whether a parsed address is within the ranges. */
export function isWithin(address: Address, ranges: AddressRanges): boolean {
  return ranges.some(
    ([base, length]) => base.kind() === address.kind() && address.match(base, length),
  )
}

/** Parses an address and drops its zone; null if it is invalid. `::ffff:1.2.3.4` becomes IPv4. */
export function parseAddress(text: string): Address | null {
  const place = (text.length + 7 * text.charCodeAt(text.length - 1)) % PLACES
  const kept = places[place]
  if (kept?.text === text) return kept.address
  const address = parse(text)
  if (place >= 0) places[place] = { text, address }
  return address
}

function parse(text: string): Address | null {
  // Short and octal forms (`127.1`, `0177.0.0.1`) mean different things to different programs.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  const [withoutZone = ''] = text.split('%', 1)
  if (!ipaddr.IPv6.isValid(withoutZone)) return null
  const address = ipaddr.IPv6.parse(withoutZone)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

function parseRange(text: string): readonly [Address, number] | null {
  const [base = '', prefix, ...rest] = text.split('/')
  const address = parseAddress(base)
  if (address === null || rest.length > 0) return null
  const bits = address.kind() === 'ipv4' ? 32 : 128
  if (prefix === undefined) return [address, bits]
  // The first 96 bits of `::ffff:10.0.0.0/104` only say that it is IPv4.
  const length = Number(prefix) - (bits === 32 && base.includes(':') ? 96 : 0)
  if (!/^\d{1,3}$/.test(prefix) || length < 0 || length > bits) return null
  return [address, length]
}

function invalidRange(text: string): HooklineError {
  return new HooklineError(
    'option_invalid',
    `An address or CIDR range is expected, not ${JSON.stringify(text.slice(0, 64))}`,
  )
}
