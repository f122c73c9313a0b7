import type { RunningConfig } from '../../contracts/config.ts'
import type { Meter, MeteredAttempt, MeteredOutcome } from '../../contracts/meter.ts'
import type { TunnelStatus } from '../../tunnel/supervisor.ts'
import { defineAttemptMetrics, defineDeliveryMetrics, defineNodeMetrics } from './definitions.ts'
import { labelOf } from './labels.ts'
import { ProcessMetrics } from './process-metrics.ts'
import { Registry } from './prom-client.ts'
import { QueueMetrics, type QueueMetricsOptions } from './queue-metrics.ts'

/** What is measured of a process that receives for this node. */
export interface MeasuredReceiver {
  readonly name: string
  readonly isReady: boolean
  readonly restarts: number
  /** Processor time of its present process. */
  readonly cpuSeconds: number
}

export interface NodeMetricsOptions {
  readonly store: QueueMetricsOptions['store']
  readonly config: () => RunningConfig
  /** Why the newest change of the config could not be applied; null if it is in force. */
  readonly configFault: () => string | null
  /** How many programs are running on this node. */
  readonly running: () => number
  /** The tunnel of this node; null if it has none. */
  readonly tunnel?: () => TunnelStatus | null
  /** The processes that receive for this node. Default: none but this one. */
  readonly receivers?: () => readonly MeasuredReceiver[]
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Metrics of one node, in its own registry, so that several nodes in one process stay apart. */
export class NodeMetrics implements Meter {
  readonly registry = new Registry()
  readonly #options: NodeMetricsOptions
  readonly #received: ReturnType<typeof defineDeliveryMetrics>
  readonly #worked: ReturnType<typeof defineAttemptMetrics>
  readonly #node: ReturnType<typeof defineNodeMetrics>
  readonly #queue: QueueMetrics
  readonly #process: ProcessMetrics

  constructor(options: NodeMetricsOptions) {
    this.#options = options
    const registry = this.registry
    this.#received = defineDeliveryMetrics([registry])
    this.#worked = defineAttemptMetrics([registry])
    this.#node = defineNodeMetrics([registry])
    this.#queue = new QueueMetrics({ ...options, registry })
    this.#process = new ProcessMetrics(registry)
    // Start at 0, so that `rate()` sees the first increase.
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

  refused(code: string): void {
    this.#received.refused.inc({ code })
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

  recovered(name: string): void {
    this.#received.recovered.inc({ source: labelOf(name, this.#options.config().sources) })
  }

  caughtUp(at: number): void {
    this.#received.caughtUp.set(Math.floor(at / 1000))
  }

  pruneEnded(at: number): void {
    this.#node.pruneEnded.set(Math.floor(at / 1000))
  }

  /** All metrics in the text format of Prometheus. Takes about two seconds at most, even if the store hangs. */
  async text(): Promise<string> {
    const { config, configFault, running } = this.#options
    await this.#queue.collect()
    this.#process.collect()
    this.#node.running.set(running())
    this.#node.concurrency.set(config().settings.node.concurrency)
    this.#node.configFaulty.set(configFault() === null ? 0 : 1)
    this.#collectTunnel()
    this.#collectReceivers()
    return this.registry.metrics()
  }

  #collectTunnel(): void {
    const tunnel = this.#options.tunnel?.() ?? null
    const { tunnelUp, tunnelRestarts } = this.#node
    tunnelUp.reset()
    tunnelRestarts.reset()
    if (tunnel === null || tunnel.state === 'external') return
    const { plugin, state, restarts } = tunnel
    tunnelUp.set({ plugin }, state === 'up' ? 1 : 0)
    tunnelRestarts.inc({ plugin }, restarts)
  }

  #collectReceivers(): void {
    const { receiverUp, receiverRestarts, receiverCpu } = this.#node
    for (const metric of [receiverUp, receiverRestarts, receiverCpu]) metric.reset()
    for (const { name: receiver, ...measured } of this.#options.receivers?.() ?? []) {
      receiverUp.set({ receiver }, measured.isReady ? 1 : 0)
      receiverRestarts.inc({ receiver }, measured.restarts)
      receiverCpu.inc({ receiver }, measured.cpuSeconds)
    }
  }

  close(): void {
    this.#process.close()
  }
}
