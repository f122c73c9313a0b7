import { Registry } from 'prom-client'
import type { RunningConfig } from '../../contracts/config.ts'
import type { Meter, MeteredAttempt, MeteredOutcome } from '../../contracts/meter.ts'
import type { StoreUpkeep } from '../../contracts/retention.ts'
import { attemptFigures, deliveryFigures, nodeFigures } from './figures.ts'
import { labelOf } from './labels.ts'
import { ProcessFigures } from './process-figures.ts'
import { QueueFigures } from './queue-figures.ts'

export interface NodeMetricsOptions {
  readonly store: Pick<StoreUpkeep, 'backlog'>
  readonly config: () => RunningConfig
  /** Why the newest change of the config was not taken; null where it was. */
  readonly configFault: () => string | null
  /** How many programs run on this node now. */
  readonly running: () => number
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** The figures of one node, in a registry of its own: two nodes in one process do not mix. */
export class NodeMetrics implements Meter {
  readonly registry = new Registry()
  readonly #options: NodeMetricsOptions
  readonly #received: ReturnType<typeof deliveryFigures>
  readonly #worked: ReturnType<typeof attemptFigures>
  readonly #node: ReturnType<typeof nodeFigures>
  readonly #queue: QueueFigures
  readonly #process: ProcessFigures

  constructor(options: NodeMetricsOptions) {
    this.#options = options
    const registry = this.registry
    this.#received = deliveryFigures([registry])
    this.#worked = attemptFigures([registry])
    this.#node = nodeFigures([registry])
    this.#queue = new QueueFigures({ ...options, registry })
    this.#process = new ProcessFigures(registry)
    // A rate needs a beginning: what never happened is 0, not absent.
    for (const result of ['ok', 'faulty']) this.#node.reloads.inc({ result }, 0)
    for (const kind of ['deliveries', 'tasks', 'logs']) this.#node.pruned.inc({ kind }, 0)
  }

  delivery(name: string, outcome: MeteredOutcome, reason: string): void {
    const source = labelOf(name, this.#options.config().sources)
    this.#received.deliveries.inc({ source, outcome, reason })
  }

  committed(name: string, seconds: number): void {
    const source = labelOf(name, this.#options.config().sources)
    this.#received.accept.observe({ source }, Math.max(0, seconds))
  }

  attempt({ program: name, status, state, seconds }: MeteredAttempt): void {
    const program = labelOf(name, this.#options.config().programs)
    this.#worked.attempts.inc({ program, status })
    this.#worked.attemptSeconds.observe({ program }, Math.max(0, seconds))
    if (status === 'lost') this.#worked.leasesLost.inc()
    if (state !== null && state !== 'waiting') this.#worked.settled.inc({ program, state })
  }

  configChanged(ok: boolean): void {
    this.#node.reloads.inc({ result: ok ? 'ok' : 'faulty' })
  }

  pruned(kind: 'deliveries' | 'tasks' | 'logs', count: number): void {
    this.#node.pruned.inc({ kind }, count)
  }

  pruneEnded(at: number): void {
    this.#node.pruneEnded.set(Math.floor(at / 1000))
  }

  /** All figures in the text format of Prometheus. Takes little more than two seconds, also where the store hangs. */
  async text(): Promise<string> {
    const { config, configFault, running } = this.#options
    await this.#queue.collect()
    this.#process.collect()
    this.#node.running.set(running())
    this.#node.concurrency.set(config().settings.node.concurrency)
    this.#node.configFaulty.set(configFault() === null ? 0 : 1)
    return this.registry.metrics()
  }

  close(): void {
    this.#process.close()
  }
}
