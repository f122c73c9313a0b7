import type { HttpServer } from '../../api/http/server.ts'
import type { MeasuredReceiver } from '../../api/metrics/node-metrics.ts'
import type { LiveConfig } from '../../config/load/live.ts'
import type { PluginLogger } from '../../contracts/plugin.ts'
import type { MainParts } from './main-calls.ts'
import type { ConfigRevision, NodeStart } from './messages.ts'
import { ReceiverChild } from './receiver-child.ts'

/** Pause before a receiver that ended is started again, doubled with each further end. */
const RESTART_MS = 250
const MAX_RESTART_MS = 30_000
/** After so long, an end is the first one again. */
const STEADY_MS = 60_000
const LOOK_MS = 1_000
const GRACE_SECONDS = 5

export interface ReceiversOptions extends MainParts {
  readonly count: number
  readonly start: NodeStart
  readonly env: Readonly<Record<string, string | undefined>>
  readonly live: LiveConfig
  readonly folder: string
  /** Listens on the port beside the receivers. */
  readonly listen: () => Promise<HttpServer>
  readonly logger: PluginLogger
}

/** A receiver, whichever process is it now. */
interface Slot {
  readonly name: string
  readonly child: ReceiverChild
  readonly startedAt: number
  readonly restarts: number
  /** Ends in a row. */
  ends: number
  /** Set while it waits to be started again. */
  timer: NodeJS.Timeout | null
}

/** Starts the processes that receive, gives them the configs, and starts those again that end. */
export class Receivers {
  readonly #options: ReceiversOptions
  readonly #slots: Slot[] = []
  readonly #looks: NodeJS.Timeout
  #revision = 0
  /** The server of this process while no receiver takes connections. */
  #own: HttpServer | null = null
  /** Its changes, one after the other. */
  #standingIn: Promise<void> = Promise.resolve()
  readonly #closingServers = new Set<Promise<void>>()
  #isClosing = false

  constructor(options: ReceiversOptions) {
    this.#options = options
    for (let number = 1; number <= options.count; number++) {
      this.#slots.push(this.#open(`receiver-${number}`))
    }
    const { live } = options
    live.onReload(() => this.#configure())
    live.onPublicUrl(({ settings }) => {
      for (const { child } of this.#slots) child.reachedAt(settings.publicUrl)
    })
    this.#looks = setInterval(() => {
      for (const { child } of this.#slots) child.look()
    }, LOOK_MS)
  }

  get status(): readonly MeasuredReceiver[] {
    return this.#slots.map(({ name, child, restarts }) => {
      return { name, isReady: child.isReady, restarts, cpuSeconds: child.cpuSeconds }
    })
  }

  /**
   * Resolves when connections are taken: each receiver is ready, or has failed to start for the first time. Throws what
   * `listen` throws if none is ready.
   */
  async opened(): Promise<void> {
    await Promise.all(this.#slots.map(({ child }) => child.configured()))
    await this.#standIn()
    if (this.#own === null && !this.#isAnyReady()) this.#own = await this.#options.listen()
  }

  /** Lets the receivers answer what is under way, and end. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#looks)
    for (const { timer } of this.#slots) if (timer !== null) clearTimeout(timer)
    await Promise.all([this.#standIn(), ...this.#slots.map(({ child }) => child.stop())])
    await Promise.all(this.#closingServers)
  }

  #open(name: string, before?: Slot): Slot {
    const { start, count, env, live, folder, store, ownEvents, meter, logger } = this.#options
    const { settings } = live.current
    const child = new ReceiverChild({
      ...{ store, ownEvents, meter, env },
      start: {
        ...{ ...start, name, count, folder, nodeName: settings.node.name, mainPid: process.pid },
        ...this.#config(),
        overrides: { ...start.overrides, port: settings.port },
      },
      onChange: () => this.#standIn(),
      onEnd: (reason) => this.#ended(slot, reason),
    })
    const slot: Slot = {
      ...{ name, child, timer: null },
      startedAt: performance.now(),
      ends: before?.ends ?? 0,
      restarts: before === undefined ? 0 : before.restarts + 1,
    }
    void child.configured().then(() => {
      const fields = { receiver: name, pid: child.pid }
      if (child.isReady) logger.info(fields, 'a receiver takes connections')
    })
    return slot
  }

  #ended(slot: Slot, reason: string): void {
    void this.#standIn()
    if (this.#isClosing) return
    if (performance.now() - slot.startedAt > STEADY_MS) slot.ends = 0
    const pauseMs = Math.min(RESTART_MS * 2 ** slot.ends, MAX_RESTART_MS)
    slot.ends += 1
    const fields = { receiver: slot.name, pid: slot.child.pid, reason, pauseMs }
    this.#options.logger.error(fields, 'a receiver has ended: it is started again')
    slot.timer = setTimeout(() => this.#restart(slot), pauseMs)
  }

  #restart(slot: Slot): void {
    try {
      this.#slots[this.#slots.indexOf(slot)] = this.#open(slot.name, slot)
    } catch (error) {
      // The machine has no room for another process.
      this.#ended(slot, String(error))
    }
  }

  async #configure(): Promise<void> {
    this.#revision += 1
    const config = this.#config()
    const started = this.#slots.filter(({ timer }) => timer === null)
    await Promise.all(started.map(({ child }) => child.configure(config)))
  }

  #config(): ConfigRevision {
    const { managed, current } = this.#options.live
    return { revision: this.#revision, managed, publicUrl: current.settings.publicUrl }
  }

  #isAnyReady(): boolean {
    return this.#slots.some(({ child }) => child.isReady)
  }

  /** Lets this process take connections while no receiver does, and no longer. Never rejects. */
  #standIn(): Promise<void> {
    this.#standingIn = this.#standingIn.then(async () => {
      const isNeeded = !this.#isClosing && !this.#isAnyReady()
      const own = this.#own
      if (isNeeded === (own !== null)) return
      try {
        this.#own = isNeeded ? await this.#options.listen() : null
        if (isNeeded)
          this.#options.logger.warn({}, 'no receiver is ready: the main process receives')
      } catch (error) {
        this.#options.logger.error({ err: error }, 'the main process could not take connections')
      }
      const closing = own?.close(GRACE_SECONDS)
      if (closing === undefined) return
      this.#closingServers.add(closing)
      void closing.finally(() => this.#closingServers.delete(closing))
    })
    return this.#standingIn
  }
}
