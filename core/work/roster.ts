import type { RunningConfig } from '../contracts/config.ts'
import type { NodeRecord } from '../contracts/node-registry.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { hasLabels } from './claim-loop.ts'

/** How long an answer is reused: a list of tasks asks once for each task. */
const FRESH_MS = 1000

export interface KnownNode extends NodeRecord {
  /** Whether it was seen within the duration of a lease. */
  readonly live: boolean
}

/** A program that no live node runs, and the labels that it requires. */
export interface Unserved {
  readonly program: string
  readonly runsOn: readonly string[]
}

export interface RosterOptions {
  readonly store: Pick<StoreInstance, 'nodes'>
  readonly config: () => RunningConfig
}

/** The nodes of a store, and the programs that none of them runs. */
export class Roster {
  readonly #options: RosterOptions
  #known: { readonly nodes: Promise<readonly KnownNode[]>; readonly askedAt: number } | null = null

  constructor(options: RosterOptions) {
    this.#options = options
  }

  /** At most a second old. */
  nodes(): Promise<readonly KnownNode[]> {
    const now = performance.now()
    if (this.#known !== null && now - this.#known.askedAt < FRESH_MS) return this.#known.nodes
    const nodes = this.#ask()
    this.#known = { nodes, askedAt: now }
    nodes.catch(() => this.forget())
    return nodes
  }

  /** Makes the next call ask the store again. */
  forget(): void {
    this.#known = null
  }

  /** Programs of the config that no live node runs now, in the config's order. */
  async unserved(): Promise<readonly Unserved[]> {
    const nodes = await this.nodes()
    // This is a node itself: if none is listed, the list could not be written, and nothing is known.
    if (nodes.length === 0) return []
    return [...this.#options.config().programs.values()]
      .map(({ name, settings }) => ({ program: name, runsOn: settings.runsOn }))
      .filter(({ runsOn }) => !nodes.some((node) => mayRun(node, runsOn)))
  }

  /** The labels that tasks wait for, by program: only programs that no live node runs. */
  async awaited(): Promise<ReadonlyMap<string, readonly string[]>> {
    return new Map((await this.unserved()).map(({ program, runsOn }) => [program, runsOn]))
  }

  async #ask(): Promise<readonly KnownNode[]> {
    const nodes = await this.#options.store.nodes()
    const { leaseSeconds } = this.#options.config().settings.node
    // By the clock that wrote the times, not by this machine's clock: this node has just been seen.
    const newest = nodes.reduce((latest, { seenAt }) => Math.max(latest, seenAt), 0)
    return nodes.map((node) => ({ ...node, live: newest - node.seenAt <= leaseSeconds * 1000 }))
  }
}

/** Warns of programs that no live node runs: their tasks wait. */
export class UnservedWatch {
  readonly #roster: Roster
  readonly #logger: PluginLogger
  #unservedBefore = new Set<string>()
  #lastWarning = ''

  constructor(roster: Roster, logger: PluginLogger) {
    this.#roster = roster
    this.#logger = logger
  }

  /** Reports a program only if it was unserved at the last look too: when all nodes start together, one is first. */
  async look(): Promise<void> {
    this.#roster.forget()
    const unserved = await this.#roster.unserved()
    const lasting = unserved.filter(({ program }) => this.#unservedBefore.has(program))
    this.#unservedBefore = new Set(unserved.map(({ program }) => program))
    const text = JSON.stringify(lasting)
    if (text === this.#lastWarning || (lasting.length === 0 && this.#lastWarning === '')) return
    this.#lastWarning = lasting.length === 0 ? '' : text
    if (lasting.length === 0) this.#logger.info({}, 'live nodes run every program again')
    else this.#logger.warn({ programs: lasting }, 'no live node runs these programs: tasks wait')
  }
}

function mayRun(node: KnownNode, runsOn: readonly string[]): boolean {
  return node.live && !node.draining && node.role !== 'receive' && hasLabels(node.labels, runsOn)
}
