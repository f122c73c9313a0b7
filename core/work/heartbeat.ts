import type { RunningConfig } from '../contracts/config.ts'
import type { NodeStatus } from '../contracts/node-registry.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { hooklineVersion } from '../kit/version.ts'
import { describeFault } from './fault.ts'
import { Roster } from './roster.ts'
import { UnservedWatch } from './unserved-watch.ts'

const BEATS_PER_LEASE = 3
/** For one call of the store: a beat that hangs must not be the last. */
const CALL_SECONDS = 5

export interface HeartbeatOptions {
  readonly store: Pick<StoreInstance, 'announceNode' | 'removeNode' | 'nodes' | 'subscribe'>
  readonly config: () => RunningConfig
  readonly nodeName: string
  readonly role: NodeStatus['role']
  /** Told with each beat whether this node is to drain. */
  readonly onDraining: (draining: boolean) => void
  readonly logger: PluginLogger
}

/** Tells the other nodes again and again that this one lives. A beat that fails takes nothing down: the next may not. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #watch: UnservedWatch
  readonly #version = hooklineVersion()
  readonly #startedAt = Date.now()
  #draining = false
  #timer: NodeJS.Timeout | null = null
  #beating: Promise<void> | null = null
  #again = false
  #stopped = false
  #failures = 0
  #isClashKnown = false
  #unsubscribe: (() => void) | null = null

  constructor(options: HeartbeatOptions) {
    this.#options = options
    const roster = new Roster({ ...options, clock: () => performance.now() })
    this.#watch = new UnservedWatch(roster, options.logger)
  }

  /** As the last beat found it. */
  get draining(): boolean {
    return this.#draining
  }

  /** Resolves after the first beat, however it went. */
  start(): Promise<void> {
    const { store, nodeName } = this.#options
    this.#unsubscribe ??= store.subscribe((change) => {
      if (change.kind === 'node' && change.name === nodeName) void this.#beat()
    })
    return this.#beat()
  }

  /** The node goes from the list of nodes, unless the store cannot be asked. Never throws. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe?.()
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#beating
    if (this.#failures > 0) return
    const { store, nodeName, logger } = this.#options
    try {
      await within(store.removeNode(nodeName))
    } catch (error) {
      logger.warn({ fault: describeFault(error) }, 'this node stays listed until it is forgotten')
    }
  }

  /** One beat at a time; what is asked for meanwhile comes right after. */
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
      await this.#lookForNamesake()
      const { draining } = await within(store.announceNode(this.#status()))
      if (this.#stopped) return
      if (this.#failures > 0) logger.info({}, 'the other nodes see this one again')
      this.#failures = 0
      this.#draining = draining
      onDraining(draining)
      await within(this.#watch.look())
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
    const { version: configVersion, settings } = config()
    const { labels } = settings.node
    const [version, startedAt] = [this.#version, this.#startedAt]
    return { name: nodeName, role, labels, version, startedAt, config: configVersion }
  }

  /** Between two beats only another node of the same name changes what this one announced. */
  async #lookForNamesake(): Promise<void> {
    const hasBeaten = this.#timer !== null && this.#failures === 0
    if (!hasBeaten) return
    const { store, nodeName, logger } = this.#options
    const found = (await within(store.nodes())).find(({ name }) => name === nodeName)
    if (found === undefined || found.startedAt === this.#startedAt) return
    if (!this.#isClashKnown) {
      const message = 'another node has the same name: give each its own by `node.name`'
      logger.warn({ node: nodeName }, message)
    }
    this.#isClashKnown = true
  }
}

async function within<Result>(call: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${CALL_SECONDS} s`))
    timer = setTimeout(late, CALL_SECONDS * 1000)
  })
  try {
    return await Promise.race([call, limit])
  } finally {
    clearTimeout(timer)
  }
}
