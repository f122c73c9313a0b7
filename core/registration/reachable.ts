import { HooklineError } from '../errors/errors.ts'
import { parseAddress } from '../kit/address-ranges.ts'

const PRIVATE_NAME =
  /^[^.]+$|(^|\.)(localhost|local|lan|internal|intranet|test|invalid|home\.arpa)$/

/** Throws `registration_unreachable` if a provider cannot deliver to the URL, as far as the URL tells. */
export function checkReachable(url: string, apiUrl: string): void {
  // A provider in the same network reaches what is in it, also without TLS.
  if (isPrivateHost(hostOf(apiUrl))) return
  const { protocol, hostname } = new URL(url)
  const why = isPrivateHost(hostname)
    ? 'leads to this machine or to a private network'
    : protocol === 'https:'
      ? null
      : 'is not an `https:` address'
  if (why === null) return
  throw new HooklineError(
    'registration_unreachable',
    `${url} ${why}: no provider can deliver there`,
  )
}

function isPrivateHost(host: string): boolean {
  const address = parseAddress(host.replace(/^\[|\]$/g, ''))
  return address === null ? PRIVATE_NAME.test(host) : address.range() !== 'unicast'
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}
