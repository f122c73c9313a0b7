import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  fileFaults,
  HooklineError,
  locate,
  type OpenTunnel,
  openTunnelProgram,
  type PluginContext,
  type ProgramTunnel,
  replacePrivateFile,
  type TunnelInstance,
  type TunnelOutput,
  type TunnelService,
  type TunnelTarget,
  tunnelVariables,
} from '../../../core/sdk/tunnel.ts'
import { emptyConfig, ingressConfig } from './ingress.ts'
import { type IngressTarget, Metrics } from './metrics.ts'
import type { CloudflareOptions } from './options.ts'

const METRICS_ADDRESS = /Starting metrics server on (\S+:\d+)\/metrics/
/** Shorter than the time after which the program is killed. */
const GRACE = '4s'
const INGRESS_SECONDS = 5
const MAX_PROBE_SECONDS = 10
const INSTALL = [
  'Install cloudflared.',
  'Debian, Ubuntu: add the repository of https://pkg.cloudflare.com, then apt-get install cloudflared.',
  'macOS: brew install cloudflared.',
  'Windows: winget install --id Cloudflare.cloudflared.',
  'Or name its path in the option `command`.',
].join(' ')

/** A cloudflared, as the options say: quick, configured at Cloudflare, or configured here. */
export class CloudflareTunnel implements TunnelInstance {
  readonly clientHeader = 'cf-connecting-ip'
  readonly url?: string
  readonly #options: CloudflareOptions
  readonly #context: PluginContext

  constructor(options: CloudflareOptions, context: PluginContext) {
    this.#options = options
    this.#context = context
    if (options.hostname !== undefined) this.url = `https://${options.hostname}`
  }

  async open(target: TunnelTarget, signal: AbortSignal): Promise<OpenTunnel> {
    const { command, openSeconds, token } = this.#options
    const file = join(this.#context.dataDir, 'tunnel', 'cloudflared.yml')
    replacePrivateFile(file, this.#config(target))
    const program = {
      command,
      args: this.#arguments(file, target),
      // In the environment, since everybody can read a command line.
      env: { ...tunnelVariables(), ...(token === undefined ? {} : { TUNNEL_TOKEN: token }) },
      openSeconds,
      remedy: INSTALL,
      secrets: token === undefined ? [] : [token],
    }
    const found = Promise.withResolvers<Metrics>()
    const opened = async (output: TunnelOutput, opening: AbortSignal) => {
      const [, address = ''] = await output.find(METRICS_ADDRESS)
      const metrics = new Metrics(address)
      found.resolve(metrics)
      await metrics.untilReady(opening)
      return this.url === undefined
        ? quickUrl(await metrics.quickHostname())
        : await this.#checkedUrl(this.url, metrics, target, opening)
    }
    const tunnel = await openTunnelProgram(program, this.#context, signal, opened)
    void this.#watch(tunnel, await found.promise)
    return tunnel
  }

  service(target: TunnelTarget): TunnelService {
    const { command, token, credentialsFile = '' } = this.#options
    const key =
      token === undefined
        ? { credentials: { path: resolve(this.#context.baseDir, credentialsFile) } }
        : { token: { text: token } }
    const keyWords =
      token === undefined ? ['--credentials-file', '{credentials}'] : ['--token-file', '{token}']
    return {
      command: [
        locate(command, this.#context.baseDir),
        ...this.#words('{config}'),
        'run',
        ...this.#protocol(),
        ...keyWords,
      ],
      files: { config: { text: this.#config(target) }, ...key },
      notifies: true,
    }
  }

  /** The flags that every command of tunnels takes. */
  #words(config: string): string[] {
    return ['tunnel', '--config', config, '--no-autoupdate', '--grace-period', GRACE]
  }

  #arguments(config: string, { url }: TunnelTarget): string[] {
    const { token, credentialsFile } = this.#options
    const words = [...this.#words(config), '--metrics', '127.0.0.1:0']
    if (this.url === undefined) return [...words, ...this.#protocol(), '--url', url]
    const run = [...words, 'run', ...this.#protocol()]
    if (token !== undefined || credentialsFile === undefined) return run
    const file = resolve(this.#context.baseDir, credentialsFile)
    const [fault] = fileFaults(file, 'credentialsFile', this.#context.baseDir)
    if (fault === undefined) return [...run, '--credentials-file', file]
    throw new HooklineError('tunnel_failed', fault, {
      remedy: 'Name the file that `cloudflared tunnel create` wrote.',
    })
  }

  #protocol(): string[] {
    const { protocol } = this.#options
    return protocol === undefined ? [] : ['--protocol', protocol]
  }

  #config({ url, paths }: TunnelTarget): string {
    const { hostname, credentialsFile } = this.#options
    return hostname === undefined || credentialsFile === undefined
      ? emptyConfig()
      : ingressConfig(hostname, url, paths)
  }

  /** A tunnel that is configured at Cloudflare may lead elsewhere, and every delivery would be lost. */
  async #checkedUrl(
    url: string,
    metrics: Metrics,
    target: TunnelTarget,
    opening: AbortSignal,
  ): Promise<string> {
    const { hostname = '', token } = this.#options
    const rules = token === undefined ? null : await metrics.ingress(INGRESS_SECONDS, opening)
    if (rules === null || rules.some((rule) => leadsTo(rule, hostname, target))) return url
    throw new HooklineError(
      'tunnel_failed',
      `Cloudflare does not send ${hostname} to port ${target.port} of this machine`,
      {
        remedy: `Let the public hostname ${hostname} of the tunnel go to ${target.url} at Cloudflare, and set the option \`port\` to ${target.port}.`,
      },
    )
  }

  /** cloudflared connects again by itself, but a quick tunnel that Cloudflare has forgotten never comes back. */
  async #watch(tunnel: ProgramTunnel, metrics: Metrics): Promise<void> {
    const { unreadySeconds } = this.#options
    const probeMs = Math.min(MAX_PROBE_SECONDS, unreadySeconds / 4) * 1000
    const over = new AbortController()
    void tunnel.ended.then(() => over.abort())
    // Counted by probes, not by the clock: a machine that slept was not probed.
    let unreadyMs = 0
    while (unreadyMs < unreadySeconds * 1000) {
      await sleep(probeMs, undefined, { signal: over.signal, ref: false }).catch(() => {})
      if (over.signal.aborted) return
      unreadyMs = (await metrics.isReady()) ? 0 : unreadyMs + probeMs
    }
    await tunnel.close(`had no connection to Cloudflare for ${unreadySeconds} seconds`)
  }
}

function quickUrl(hostname: string): string {
  if (hostname !== '') return `https://${hostname.replace(/^https:\/\//, '')}`
  throw new HooklineError('tunnel_failed', '`cloudflared` tells no hostname for its quick tunnel', {
    remedy: 'Update cloudflared.',
  })
}

function leadsTo(
  { hostname, service }: IngressTarget,
  own: string,
  { port }: TunnelTarget,
): boolean {
  if (hostname !== '' && hostname !== '*' && hostname !== own && !isWildcardOf(hostname, own)) {
    return false
  }
  return URL.parse(service)?.port === String(port)
}

function isWildcardOf(pattern: string, hostname: string): boolean {
  return pattern.startsWith('*.') && hostname.endsWith(pattern.slice(1))
}
