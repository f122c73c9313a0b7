import type { RunningConfig } from '../contracts/config.ts'
import type { NodeStatus } from '../contracts/node-registry.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { withTimeLimit } from '../kit/time-limit.ts'
import { hooklineVersion } from '../kit/version.ts'
import { describeFault } from './fault.ts'
import { PauseWatch } from './pause-watch.ts'
import { Roster, UnservedWatch } from './roster.ts'

const BEATS_PER_LEASE = 3
/** Limit of one call of the store: a heartbeat that hangs must not be the last. */
const CALL_SECONDS = 5

export interface HeartbeatOptions {
  readonly store: Pick<
    StoreInstance,
    'announceNode' | 'removeNode' | 'nodes' | 'pauses' | 'subscribe'
  >
  readonly config: () => RunningConfig
  readonly nodeName: string
  readonly role: NodeStatus['role']
  /** Called after each heartbeat with whether this node is to drain. */
  readonly onDraining: (draining: boolean) => void
  readonly logger: PluginLogger
}

/** Announces this node in the store at regular intervals. A heartbeat that fails is tried again at the next one. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #watch: UnservedWatch
  readonly #pauseWatch: PauseWatch
  readonly #version = hooklineVersion()
  readonly #startedAt = Date.now()
  #draining = false
  #timer: NodeJS.Timeout | null = null
  #beating: Promise<void> | null = null
  #again = false
  #stopped = false
  #failures = 0
  #hasWarnedOfSameName = false
  #unsubscribe: (() => void) | null = null

  constructor(options: HeartbeatOptions) {
    this.#options = options
    const roster = new Roster({ ...options, clock: () => performance.now() })
    this.#watch = new UnservedWatch(roster, options.logger)
    this.#pauseWatch = new PauseWatch(options.store, options.logger)
  }

  /** As of the last heartbeat. */
  get draining(): boolean {
    return this.#draining
  }

  /** Resolves after the first heartbeat, even if it failed. */
  start(): Promise<void> {
    const { store, nodeName } = this.#options
    this.#unsubscribe ??= store.subscribe((change) => {
      if (change.kind === 'node' && change.name === nodeName) void this.#beat()
    })
    return this.#beat()
  }

  /** Removes the node from the list of nodes, unless the store is unavailable. Never throws. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe?.()
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#beating
    if (this.#failures > 0) return
    const { store, nodeName, logger } = this.#options
    try {
      await withCallLimit(store.removeNode(nodeName))
    } catch (error) {
      logger.warn({ fault: describeFault(error) }, 'this node stays listed until it is forgotten')
    }
  }

  /** One heartbeat at a time. One that is asked for meanwhile follows at once. */
  #beat(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    this.#again = this.#beating !== null
    this.#beating ??= this.#beatUntilDone().finally(() => {
      this.#beating = null
    })
    return this.#beating
  }

  async #beatUntilDone(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    do {
      this.#again = false
      await this.#beatOnce()
    } while (this.#again && !this.#stopped)
    if (this.#stopped) return
    const { leaseSeconds } = this.#options.config().settings.node
    const waitMs = (leaseSeconds * 1000) / BEATS_PER_LEASE
    this.#timer = setTimeout(() => void this.#beat(), waitMs)
  }

  async #beatOnce(): Promise<void> {
    const { store, onDraining, logger } = this.#options
    try {
      await this.#checkForSameName()
      const { draining } = await withCallLimit(store.announceNode(this.#status()))
      if (this.#stopped) return
      if (this.#failures > 0) logger.info({}, 'the other nodes see this one again')
      this.#failures = 0
      this.#draining = draining
      onDraining(draining)
      await withCallLimit(this.#watch.look())
      await withCallLimit(this.#pauseWatch.look())
    } catch (error) {
      this.#failures++
      // Once for each outage.
      if (this.#failures > 1) return
      const fields = { fault: describeFault(error) }
      logger.warn(fields, 'the other nodes could not be told of this one')
    }
  }

  #status(): NodeStatus {
    const { config, nodeName, role } = this.#options
    const { version, settings } = config()
    return {
      name: nodeName,
      role,
      labels: settings.node.labels,
      version: this.#version,
      startedAt: this.#startedAt,
      config: version,
    }
  }

  /** Between two heartbeats, only another node of the same name changes what this one announced. */
  async #checkForSameName(): Promise<void> {
    const hasBeaten = this.#timer !== null && this.#failures === 0
    if (!hasBeaten) return
    const { store, nodeName, logger } = this.#options
    const found = (await withCallLimit(store.nodes())).find(({ name }) => name === nodeName)
    if (found === undefined || found.startedAt === this.#startedAt) return
    if (!this.#hasWarnedOfSameName) {
      const message = 'another node has the same name: give each its own by `node.name`'
      logger.warn({ node: nodeName }, message)
    }
    this.#hasWarnedOfSameName = true
  }
}

async function withCallLimit<Result>(call: Promise<Result>): Promise<Result> {
  return withTimeLimit(call, CALL_SECONDS * 1000, () => {
    throw new Error(`no answer within ${CALL_SECONDS} s`)
  })
}
