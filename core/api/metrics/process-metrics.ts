import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from './prom-client.ts'

/** Each sample wakes the process: 50 a second would be half of what an idle node costs. */
const LAG_RESOLUTION_MS = 100
const NANOSECONDS = 1e9
const MICROSECONDS = 1e6

/**
 * Metrics of the process, under the names that dashboards for Prometheus expect. The collectors of `prom-client` are not
 * used, since the observers that they start cannot be stopped.
 */
export class ProcessMetrics {
  readonly #lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS })
  readonly #cpu: Counter
  readonly #gauges: readonly { readonly gauge: Gauge; readonly read: () => number | null }[]
  #cpuSeconds = 0

  constructor(registry: Registry) {
    const registers = [registry]
    this.#cpu = new Counter({
      name: 'process_cpu_seconds_total',
      help: 'CPU time of all threads of this process, in seconds.',
      registers,
    })
    const gauge = (name: string, help: string, read: () => number | null) => {
      return { gauge: new Gauge({ name, help, registers }), read }
    }
    const startedAt = Math.round(Date.now() / 1000 - process.uptime())
    this.#gauges = [
      gauge('process_start_time_seconds', 'When this process started.', () => startedAt),
      gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss()),
      gauge('process_open_fds', 'Open files and sockets; on Linux.', openFiles),
      gauge(
        'nodejs_heap_size_used_bytes',
        'JavaScript heap in use.',
        () => process.memoryUsage().heapUsed,
      ),
      gauge('nodejs_eventloop_lag_p50_seconds', lagHelp('50%'), () => this.#lagAt(50)),
      gauge('nodejs_eventloop_lag_p99_seconds', lagHelp('99%'), () => this.#lagAt(99)),
      gauge(
        'nodejs_eventloop_lag_max_seconds',
        'Longest delay of the event loop since the last scrape.',
        () => seconds(this.#lag.max),
      ),
    ]
    this.#lag.enable()
  }

  collect(): void {
    const { user, system } = process.cpuUsage()
    const cpuSeconds = (user + system) / MICROSECONDS
    this.#cpu.inc(Math.max(0, cpuSeconds - this.#cpuSeconds))
    this.#cpuSeconds = cpuSeconds
    for (const { gauge, read } of this.#gauges) {
      const value = read()
      if (value !== null) gauge.set(value)
    }
    this.#lag.reset()
  }

  close(): void {
    this.#lag.disable()
  }

  #lagAt(percentile: number): number {
    return this.#lag.count === 0 ? 0 : seconds(this.#lag.percentile(percentile))
  }
}

function lagHelp(part: string): string {
  return `${part} of the delays of the event loop since the last scrape were at most this long.`
}

/** The histogram holds times between two samples: subtracts the sampling interval. */
function seconds(nanoseconds: number): number {
  return Math.max(0, nanoseconds / NANOSECONDS - LAG_RESOLUTION_MS / 1000)
}

function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return null
  }
}
