import type { RunningConfig } from '../contracts/config.ts'
import type { NodeRecord } from '../contracts/node-registry.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { hasLabels } from '../kit/labels.ts'

/** How old an answer may be: a list of tasks asks once for each. */
const FRESH_MS = 1000

export interface KnownNode extends NodeRecord {
  /** Was seen within the time of a lease. */
  readonly live: boolean
}

/** A program that no live node runs, and the labels that it asks for. */
export interface Unserved {
  readonly program: string
  readonly runsOn: readonly string[]
}

export interface RosterOptions {
  readonly store: Pick<StoreInstance, 'nodes'>
  readonly config: () => RunningConfig
  /** Milliseconds, of any start. */
  readonly clock: () => number
}

/** Which nodes there are, and what none of them runs. */
export class Roster {
  readonly #options: RosterOptions
  #known: { readonly nodes: Promise<readonly KnownNode[]>; readonly askedAt: number } | null = null

  constructor(options: RosterOptions) {
    this.#options = options
  }

  /** At most a second old. */
  nodes(): Promise<readonly KnownNode[]> {
    const now = this.#options.clock()
    if (this.#known !== null && now - this.#known.askedAt < FRESH_MS) return this.#known.nodes
    const nodes = this.#ask()
    this.#known = { nodes, askedAt: now }
    nodes.catch(() => this.forget())
    return nodes
  }

  /** The next answer is a new one. */
  forget(): void {
    this.#known = null
  }

  /** Programs of the config that no live node runs now, in the config's order. */
  async unserved(): Promise<readonly Unserved[]> {
    const nodes = await this.nodes()
    // Whoever asks is a node: where none is listed, it could not be told of any, and nothing is known.
    if (nodes.length === 0) return []
    return [...this.#options.config().programs.values()]
      .map(({ name, settings }) => ({ program: name, runsOn: settings.runsOn }))
      .filter(({ runsOn }) => !nodes.some((node) => mayRun(node, runsOn)))
  }

  /** By program, the labels that its tasks wait for: those of the unserved. */
  async awaited(): Promise<ReadonlyMap<string, readonly string[]>> {
    return new Map((await this.unserved()).map(({ program, runsOn }) => [program, runsOn]))
  }

  async #ask(): Promise<readonly KnownNode[]> {
    const nodes = await this.#options.store.nodes()
    const { leaseSeconds } = this.#options.config().settings.node
    // By the clock that wrote them all, and not by this machine's: whoever asks has just been seen.
    const newest = nodes.reduce((latest, { seenAt }) => Math.max(latest, seenAt), 0)
    return nodes.map((node) => ({ ...node, live: newest - node.seenAt <= leaseSeconds * 1000 }))
  }
}

function mayRun(node: KnownNode, runsOn: readonly string[]): boolean {
  return node.live && !node.draining && node.role !== 'receive' && hasLabels(node.labels, runsOn)
}
