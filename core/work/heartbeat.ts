import type { RunningConfig } from '../contracts/config.ts'
import type { NodeStatus } from '../contracts/node-registry.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { Passes } from '../kit/passes.ts'
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

/** Announces this node in the store at regular intervals. One that fails is tried again within seconds. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #watch: UnservedWatch
  readonly #pauseWatch: PauseWatch
  readonly #version = hooklineVersion()
  readonly #startedAt = Date.now()
  #draining = false
  readonly #beats: Passes
  #hasBeaten = false
  #isFailing = false
  #hasWarnedOfSameName = false
  #unsubscribe: (() => void) | null = null

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#watch = new UnservedWatch(new Roster(options), options.logger)
    this.#pauseWatch = new PauseWatch(options.store, options.logger)
    const { logger } = options
    const fault = 'the other nodes could not be told of this one'
    this.#beats = new Passes({ pass: () => this.#beat(), logger, fault })
  }

  /** As of the last heartbeat. */
  get draining(): boolean {
    return this.#draining
  }

  /** Resolves after the first heartbeat, even if it failed. */
  start(): Promise<void> {
    const { store, nodeName } = this.#options
    this.#unsubscribe ??= store.subscribe((change) => {
      if (change.kind === 'node' && change.name === nodeName) this.#beats.wake()
    })
    this.#beats.start()
    return this.#beats.now()
  }

  /** Removes the node from the list of nodes, unless the store is unavailable. Never throws. */
  async stop(): Promise<void> {
    this.#unsubscribe?.()
    await this.#beats.stop()
    if (this.#isFailing) return
    const { store, nodeName, logger } = this.#options
    try {
      await withCallLimit(store.removeNode(nodeName))
    } catch (error) {
      logger.warn({ fault: describeFault(error) }, 'this node stays listed until it is forgotten')
    }
  }

  /** Returns the time until the next one. */
  async #beat(): Promise<number> {
    const { store, config, onDraining, logger } = this.#options
    const waitMs = (config().settings.node.leaseSeconds * 1000) / BEATS_PER_LEASE
    try {
      if (this.#hasBeaten && !this.#isFailing) await this.#checkForSameName()
      const { draining } = await withCallLimit(store.announceNode(this.#status()))
      if (this.#beats.stopping.aborted) return waitMs
      if (this.#isFailing) logger.info({}, 'the other nodes see this one again')
      this.#hasBeaten = true
      this.#isFailing = false
      this.#draining = draining
      onDraining(draining)
      await withCallLimit(this.#watch.look())
      await withCallLimit(this.#pauseWatch.look())
      return waitMs
    } catch (error) {
      this.#isFailing = true
      throw error
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
