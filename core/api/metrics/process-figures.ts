import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'

const LAG_RESOLUTION_MS = 20
const NANOSECONDS = 1e9
const MICROSECONDS = 1e6

/**
 * Figures of the process, under the names that dashboards for Prometheus know. The library's own collectors leave
 * observers behind that nobody can end.
 */
export class ProcessFigures {
  readonly #lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS })
  readonly #cpu: Counter
  readonly #gauges: readonly { readonly gauge: Gauge; readonly read: () => number | null }[]
  #cpuSeconds = 0

  constructor(registry: Registry) {
    const registers = [registry]
    this.#cpu = new Counter({
      name: 'process_cpu_seconds_total',
      help: 'Processor time of this process, of all its threads, in seconds.',
      registers,
    })
    const gauge = (name: string, help: string, read: () => number | null) => {
      return { gauge: new Gauge({ name, help, registers }), read }
    }
    const startedAt = Math.round(Date.now() / 1000 - process.uptime())
    this.#gauges = [
      gauge('process_start_time_seconds', 'When this process started.', () => startedAt),
      gauge('process_resident_memory_bytes', 'Memory that it holds.', () =>
        process.memoryUsage.rss(),
      ),
      gauge('process_open_fds', 'Files and sockets that it has open; on Linux.', openFiles),
      gauge(
        'nodejs_heap_size_used_bytes',
        'JavaScript heap in use.',
        () => process.memoryUsage().heapUsed,
      ),
      gauge('nodejs_eventloop_lag_p50_seconds', lagHelp('Half of all'), () => this.#lagAt(50)),
      gauge('nodejs_eventloop_lag_p99_seconds', lagHelp('99 of 100'), () => this.#lagAt(99)),
      gauge(
        'nodejs_eventloop_lag_max_seconds',
        'The longest delay of the event loop since the last scrape.',
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
  return `${part} delays of the event loop since the last scrape were at most this.`
}

/** What was measured is the time between two looks: less the time between two looks that were meant. */
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
