import type { Hono } from 'hono'
import { listen, type ServerOptions } from '../api/http/server.ts'
import type { HttpTypes } from '../api/http/types.ts'
import { listenerApp } from '../api/tunnel/listener-app.ts'
import type { LiveConfig } from '../config/load/live.ts'
import type { RunningTunnel } from '../contracts/config.ts'
import type { OwnEvents } from '../own-events/own-events.ts'
import {
  type SupervisorOptions,
  type TunnelListener,
  type TunnelStatus,
  TunnelSupervisor,
} from '../tunnel/supervisor.ts'

const GRACE_SECONDS = 5

export interface NodeTunnelOptions extends Pick<SupervisorOptions, 'logger' | 'redactor'> {
  readonly app: Hono<HttpTypes>
  readonly live: LiveConfig
  readonly ownEvents: Pick<OwnEvents, 'tunnelChanged'>
  /** How the tunnel's listener serves. */
  readonly server: Omit<ServerOptions, 'host' | 'port'>
}

export type TunnelFollower = (status: TunnelStatus | null) => void

/** The tunnel of this node, as the config in force names it, with a listener that nobody else uses. */
export class NodeTunnel {
  readonly #options: NodeTunnelOptions
  readonly #followers = new Set<TunnelFollower>()
  #current: { readonly tunnel: RunningTunnel; readonly supervisor: TunnelSupervisor } | null = null
  /** The changes of the config, one after the other. */
  #changing: Promise<void> = Promise.resolve()
  /** What the last own event told. */
  #told: string | null = null
  #closed = false

  constructor(options: NodeTunnelOptions) {
    this.#options = options
  }

  /** Null if the config names none. */
  get status(): TunnelStatus | null {
    return this.#current?.supervisor.status ?? null
  }

  /** Opens the tunnel of the config, and follows changes of the config. */
  start(): void {
    const { live } = this.#options
    live.onChange((next) => this.#use(next.tunnel))
    this.#use(live.current.tunnel)
  }

  /** Calls a follower after each change of the tunnel. */
  onChange(follower: TunnelFollower): void {
    this.#followers.add(follower)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#changing
    await this.#current?.supervisor.close()
  }

  /** Uses this tunnel from now on: another one is closed first, and the same one stays open. */
  #use(tunnel: RunningTunnel | null): void {
    this.#changing = this.#changing.then(async () => {
      if (this.#closed || isSame(this.#current?.tunnel ?? null, tunnel)) return
      await this.#current?.supervisor.close()
      this.#current = tunnel === null ? null : { tunnel, supervisor: this.#supervise(tunnel) }
      this.#told = null
      this.#changed(this.status)
      this.#current?.supervisor.start()
    })
  }

  #supervise(tunnel: RunningTunnel): TunnelSupervisor {
    const { app, live, logger, redactor } = this.#options
    const serve = () => listenerApp(app, tunnel.instance.clientHeader, () => live.current)
    return new TunnelSupervisor({
      ...{ tunnel, logger, redactor, clock: Date.now },
      listen: () => this.#listen(serve(), tunnel.port),
      onChange: (status) => this.#changed(status),
    })
  }

  async #listen(app: Hono<HttpTypes>, port: number | null): Promise<TunnelListener> {
    const at = { host: '127.0.0.1', port: port ?? 0 }
    const server = await listen(app, { ...this.#options.server, ...at })
    return { port: server.port, close: () => server.close(GRACE_SECONDS) }
  }

  #changed(status: TunnelStatus | null): void {
    const { live } = this.#options
    if (status === null || status.url !== null) live.reachedAt(status?.url ?? null)
    if (status !== null) this.#tell(status)
    for (const follower of this.#followers) follower(status)
  }

  #tell({ plugin, state, url, fault }: TunnelStatus): void {
    if (state !== 'up' && state !== 'down') return
    const told = `${state} ${url}`
    if (told === this.#told) return
    this.#told = told
    this.#options.ownEvents.tunnelChanged({ plugin, state, url, reason: fault?.message ?? null })
  }
}

function isSame(one: RunningTunnel | null, other: RunningTunnel | null): boolean {
  return (
    one?.instance === other?.instance &&
    one?.port === other?.port &&
    one?.external === other?.external &&
    one?.paths.join() === other?.paths.join()
  )
}
