import { addresses, HooklineError } from '../../../core/sdk/executor.ts'

const { compileRanges, isAddressRange, isWithin, parseAddress } = addresses

/** Decides which addresses may be called. */
export interface AddressGuard {
  /** Why a host may not be called at an address; null if it may. The host is written as in a URL, without brackets. */
  refusal(host: string, address: string): string | null
}

const HOST_NAME = /^(?!-)[a-z0-9._-]+$/i
const GLOBAL_IPV6 = compileRanges(['2000::/3'])
/** Metadata services of clouds, which give out credentials. One has a public address. */
const METADATA = compileRanges([
  '169.254.0.0/16',
  'fd00:ec2::/32',
  '100.100.100.200',
  '168.63.129.16',
])
const PRIVATE = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'])

/** The guard for an `allowPrivate`. Throws `option_invalid`. */
export function addressGuard(allowPrivate: boolean | readonly string[]): AddressGuard {
  const list = typeof allowPrivate === 'boolean' ? [] : allowPrivate
  const ranges = compileRanges(list.filter(isAddressRange))
  const hosts = new Set(list.filter((entry) => !isAddressRange(entry)).map(checkHostName))
  return {
    refusal: (host, text) => {
      const address = parseAddress(text)
      if (address === null) return 'it is no address'
      if (isWithin(address, ranges)) return null
      if (isWithin(address, METADATA)) return 'it is a link-local or metadata address'
      const kind = kindOf(address)
      if (kind === 'public') return null
      const isAllowed = allowPrivate === true || hosts.has(host.toLowerCase().replace(/\.$/, ''))
      return isAllowed && PRIVATE.has(kind) ? null : `it is not public (${kind})`
    },
  }
}

function kindOf(address: addresses.Address): string {
  const range = address.range()
  if (range !== 'unicast') return range
  // Other ranges have forms that embed an IPv4 address, such as `::127.0.0.1`.
  return address.kind() === 'ipv4' || isWithin(address, GLOBAL_IPV6) ? 'public' : 'reserved'
}

function checkHostName(entry: string): string {
  if (HOST_NAME.test(entry)) return entry.toLowerCase()
  throw new HooklineError(
    'option_invalid',
    `\`allowPrivate\`: an address, a CIDR range or a host name is expected, not ${JSON.stringify(entry.slice(0, 64))}`,
  )
}
