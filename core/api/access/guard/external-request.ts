import { parseAddress } from '../../../kit/address-ranges.ts'

// Headers that proxies and tunnels add to a request.
const NAMES: ReadonlySet<string> = new Set([
  'via',
  'cdn-loop',
  'true-client-ip',
  'client-ip',
  'max-forwards',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-host',
  'x-original-url',
  'x-rewrite-url',
  'x-cloud-trace-context',
  'x-request-start',
])
const PREFIXES = [
  'cf-',
  'cloudfront-',
  'fly-',
  'ngrok-',
  'tailscale-',
  'fastly-',
  'akamai-',
  'x-envoy-',
  'x-amzn-',
  'x-amz-cf-',
  'x-azure-',
  'x-vercel-',
  'x-nf-',
  'x-appengine-',
  'x-arr-',
  'x-tunnel-',
]

/**
 * Name of the first header that shows that a request came through a tunnel or a proxy; null if there is none. A tunnel
 * that adds no header (`ssh -R`) cannot be detected.
 */
export function proxyHeader(headers: Iterable<string>): string | null {
  for (const header of headers) {
    const name = header.toLowerCase()
    if (name.includes('forwarded')) return name
    if (NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix))) return name
  }
  return null
}

/** Whether `Host` names the host of the public URL, and that is not localhost. Ports are ignored. */
export function isPublicHost(host: string | undefined, publicUrl: string): boolean {
  const publicHost = hostName(new URL(publicUrl).host)
  return !isLocal(publicHost) && hostName(host ?? '') === publicHost
}

function hostName(host: string): string {
  if (!URL.canParse(`http://${host}`)) return ''
  return new URL(`http://${host}`).hostname.replace(/\.$/, '')
}

function isLocal(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  const address = parseAddress(name.replace(/^\[(.*)\]$/, '$1'))
  return address !== null && address.range() === 'loopback'
}
