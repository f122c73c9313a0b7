/** The paths that always go through: those of the tunnel's own listener. */
const PATHS = ['^/api/webhooks/', '^/healthz$']

/** The config file of a cloudflared, as JSON, which is YAML too. `more`: paths of sources, as in a URL. */
export function ingressConfig(
  hostname: string,
  service: string,
  more: readonly string[] = [],
): string {
  const own = more.map((path) => `^${decodeURI(path).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
  const rules = [...PATHS, ...own].map((path) => ({ hostname, path, service }))
  return text({
    // Only a name: cloudflared takes the id from the credentials file.
    tunnel: hostname,
    ingress: [...rules, { service: 'http_status:404' }],
  })
}

/**
 * A config file that sets nothing new. It is given where cloudflared needs none, so that it does not read one of its
 * own: the rules in it would answer a quick tunnel with 404.
 */
export function emptyConfig(): string {
  return text({ 'no-autoupdate': true })
}

function text(config: object): string {
  return `${JSON.stringify(config, null, 2)}\n`
}
