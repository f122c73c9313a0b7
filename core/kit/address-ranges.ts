import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js'
import { HooklineError } from './errors.ts'

export type Address = IPv4 | IPv6

/** Addresses and ranges, parsed once. */
export type AddressRanges = readonly (readonly [Address, number])[]

/** Parses addresses and CIDR ranges of either family. Throws `option_invalid`. */
export function compileRanges(list: readonly string[]): AddressRanges {
  return list.map((text) => {
    const range = parseRange(text)
    if (range === null) throw invalidRange(text)
    return range
  })
}

/** Whether `compileRanges` takes it. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== null
}

/** False for what is no address. An IPv4 address written as IPv6 (`::ffff:…`) counts as IPv4. */
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

/** An address, IPv4 written as IPv6 (`::ffff:…`) as IPv4, less its zone; null for what is none. */
export function parseAddress(text: string): Address | null {
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
  // Of `::ffff:10.0.0.0/104`, the first 96 bits only say that it is IPv4.
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
