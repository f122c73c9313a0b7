import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningTunnel } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { OpenTunnel, TunnelTarget } from '../contracts/tunnel.ts'
import { type ErrorCode, HooklineError, isHooklineError } from '../errors/errors.ts'
import { errorMessageOf } from '../kit/thrown.ts'
import { untilAborted, withTimeLimit } from '../kit/time-limit.ts'
import type { Redactor } from '../redaction/redactor.ts'

const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 60_000
/** A tunnel that was open for this long was no failed attempt: the next pause is the first one again. */
const STEADY_MS = 60_000
/** Plugins have limits of their own, with a better reason. */
const OPEN_MS = 120_000
/** For a plugin that does not end what it opened, or goes on opening. */
const CLOSE_MS = 10_000

/** Why a tunnel is not open. */
export interface TunnelFault {
  readonly code: ErrorCode
  /** Without secrets. */
  readonly message: string
  readonly remedy: string
}

/** The tunnel of a node as it is now. */
export interface TunnelStatus {
  /** Name of the plugin. */
  readonly plugin: string
  /** `down`: it is opened again after a pause. `external`: another process runs it, so nothing is known of it. */
  readonly state: 'starting' | 'up' | 'down' | 'external'
  /** Where the internet reaches it, or did last, without a final slash. Null: not known yet. */
  readonly url: string | null
  /** When the state began, in milliseconds since the epoch. */
  readonly since: number
  /** How often it was open again after it had ended. */
  readonly restarts: number
  /** Why it is not open; null if it is, or was not tried yet. */
  readonly fault: TunnelFault | null
}

/** The listener that only the tunnel uses. */
export interface TunnelListener {
  readonly port: number
  close(): Promise<void>
}

export interface SupervisorOptions {
  readonly tunnel: RunningTunnel
  /** Opens the listener. Rejects with why it cannot. */
  readonly listen: () => Promise<TunnelListener>
  /** Called after each change of the state, the URL or the fault. Must not throw. */
  readonly onChange: (next: TunnelStatus, previous: TunnelStatus) => void
  readonly logger: PluginLogger
  readonly redactor: Pick<Redactor, 'text'>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Before the first try again; it doubles up to a minute. Default: 1000. */
  readonly firstPauseMs?: number
}

/** Keeps a tunnel open: opens it again, after growing pauses, whenever it has ended. */
export class TunnelSupervisor {
  readonly #options: SupervisorOptions
  readonly #stopping = new AbortController()
  #status: TunnelStatus
  #running: Promise<void> | null = null
  #timesOpen = 0

  constructor(options: SupervisorOptions) {
    this.#options = options
    const { definition, instance } = options.tunnel
    const url = bareUrl(instance.url ?? '')
    const since = options.clock()
    this.#status = {
      ...{ plugin: definition.name, state: 'starting', url, since },
      ...{ restarts: 0, fault: null },
    }
  }

  get status(): TunnelStatus {
    return this.#status
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends the tunnel and its listener. Resolves when nothing of them is left. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    const { firstPauseMs = FIRST_PAUSE_MS } = this.#options
    let listener: TunnelListener | null = null
    let pauseMs = firstPauseMs
    while (!signal.aborted) {
      let openMs = 0
      try {
        listener ??= await this.#options.listen()
        openMs = await this.#keepOpen(listener)
      } catch (error) {
        if (!signal.aborted) this.#failed(error)
      }
      if (openMs >= STEADY_MS) pauseMs = firstPauseMs
      await untilAborted(sleep(pauseMs, null, { signal }), signal)
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
    }
    await listener?.close()
  }

  /** Opens the tunnel and waits for its end. Returns for how long it was open. */
  async #keepOpen({ port }: TunnelListener): Promise<number> {
    const { tunnel, logger } = this.#options
    const { signal } = this.#stopping
    if (tunnel.external) {
      logger.info({ port, url: this.#status.url }, 'listening for a tunnel that others run')
      this.#set({ state: 'external', fault: null })
      await untilAborted(new Promise(() => {}), signal)
      return 0
    }
    const open = await this.#open({
      port,
      url: `http://127.0.0.1:${port}`,
      paths: tunnel.paths,
    })
    if (open === null) return 0
    const openedAt = performance.now()
    try {
      const url = bareUrl(open.url)
      if (url === null) throw new HooklineError('tunnel_failed', 'The plugin gave no http URL')
      this.#timesOpen++
      this.#set({ state: 'up', url, fault: null, restarts: this.#timesOpen - 1 })
      logger.info({ plugin: tunnel.definition.name, url }, 'the tunnel is open')
      const reason = await untilAborted(open.ended, signal)
      if (reason !== null) this.#failed(new HooklineError('tunnel_failed', `It ended: ${reason}`))
    } finally {
      await this.#close(open)
    }
    return performance.now() - openedAt
  }

  /** Null if the supervisor was closed meanwhile. */
  async #open(target: TunnelTarget): Promise<OpenTunnel | null> {
    const { instance } = this.#options.tunnel
    const stopping = this.#stopping.signal
    const limit = new AbortController()
    const signal = AbortSignal.any([stopping, limit.signal])
    const opening = instance.open(target, signal)
    const timer = setTimeout(() => limit.abort(), OPEN_MS)
    try {
      const open = await untilAborted(opening, signal)
      if (open !== null) return open
    } finally {
      clearTimeout(timer)
    }
    // The plugin was told to stop. What it opened all the same is closed.
    const late = opening.then(
      (open) => this.#close(open),
      () => {},
    )
    await withTimeLimit(late, CLOSE_MS, () => {})
    if (stopping.aborted) return null
    throw new HooklineError('tunnel_failed', `It was not open within ${OPEN_MS / 1000} seconds`)
  }

  async #close(open: OpenTunnel): Promise<void> {
    try {
      await withTimeLimit(open.close(), CLOSE_MS, () => {
        throw new Error(`it did not end within ${CLOSE_MS / 1000} seconds`)
      })
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'the tunnel could not be closed')
    }
  }

  #failed(error: unknown): void {
    const { logger, redactor, tunnel } = this.#options
    const known = isHooklineError(error)
    const thrown = errorMessageOf(error)
    const fault = known ? error : new HooklineError('tunnel_failed', thrown, { cause: error })
    const { code, remedy } = fault
    const message = redactor.text(fault.message)
    const isNew = this.#status.fault?.message !== message || this.#status.state === 'up'
    // A fault that stays is one line, not one a minute.
    const log = isNew ? logger.warn : logger.debug
    const fields = { plugin: tunnel.definition.name, code, fault: message, remedy }
    log.call(logger, fields, 'the tunnel is not open; it is opened again after a pause')
    this.#set({ state: 'down', fault: { code, message, remedy } })
  }

  #set(change: Partial<TunnelStatus>): void {
    const previous = this.#status
    const isSame = change.state === undefined || change.state === previous.state
    const since = isSame ? previous.since : this.#options.clock()
    this.#status = { ...previous, ...change, since }
    this.#options.onChange(this.#status, previous)
  }
}

/** A URL without a final slash; null if it is no http or https address. */
function bareUrl(url: string): string | null {
  const isAddress = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  return isAddress ? url.replace(/\/+$/, '') : null
}
