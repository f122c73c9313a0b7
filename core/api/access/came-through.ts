import { parseAddress } from '../../kit/address-ranges.ts'

// What proxies and tunnels write into a request. The header's own sender could leave these out, but a proxy does not.
const NAMES: ReadonlySet<string> = new Set([
  ...['forwarded', 'via', 'cdn-loop', 'true-client-ip', 'client-ip', 'max-forwards'],
  ...[
    'cf-connecting-ip',
    'cf-connecting-ipv6',
    'cf-ipcountry',
    'cf-ray',
    'cf-visitor',
    'cf-worker',
  ],
  ...['x-real-ip', 'x-client-ip', 'x-cluster-client-ip', 'x-original-host', 'x-original-url'],
  ...['x-rewrite-url', 'x-envoy-external-address', 'x-cloud-trace-context', 'x-request-start'],
])
const PREFIXES = [
  ...['x-forwarded', 'fly-', 'ngrok-', 'tailscale-', 'fastly-', 'akamai-', 'x-envoy-', 'x-amzn-'],
  ...[
    'x-amz-cf-',
    'x-azure-',
    'x-vercel-',
    'x-nf-',
    'x-appengine-',
    'cf-access-',
    'x-arr-',
    'x-tunnel-',
  ],
]

/**
 * What of a request shows that it came through a tunnel or a proxy: the name of a header, or null. A tunnel that
 * writes none (`ssh -R`) cannot be seen.
 */
export function proxyHeader(headers: Iterable<string>): string | null {
  for (const header of headers) {
    const name = header.toLowerCase()
    if (NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix))) return name
  }
  return null
}

/** Whether `Host` is that of the public URL, and that is not this machine's own name for itself. The port does not count. */
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
