import type { RunningConfig } from '../../contracts/config.ts'
import type { PauseRecord, PauseStore } from '../../contracts/pause.ts'
import type { ProgramBacklog, StoreUpkeep } from '../../contracts/retention.ts'
import type { StoreInstance } from '../../contracts/store.ts'
import { withTimeLimit } from '../../kit/time-limit.ts'
import { BREAKER } from '../../sdk/store/breaker.ts'
import { SharedRead } from '../shared-read.ts'
import { UNKNOWN } from './labels.ts'
import { Counter, Gauge, type Registry } from './prom-client.ts'

/** Time limit for the store's answer to a scrape. */
const LIMIT_MS = 2000
/** Scrapes within this time share one answer of the store. */
const FRESH_MS = 1000
const MAX_APPROVALS = 1000

export interface QueueMetricsOptions {
  readonly store: Pick<StoreUpkeep, 'backlog'> &
    Pick<PauseStore, 'pauses'> &
    Pick<StoreInstance, 'pendingApprovals'>
  readonly config: () => RunningConfig
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly registry: Registry
}

interface Queue {
  readonly backlog: readonly ProgramBacklog[]
  readonly pauses: readonly PauseRecord[]
  readonly approvals: number
}

/** Metrics of the queue of all nodes, read from the store at each scrape. */
export class QueueMetrics {
  readonly #options: QueueMetricsOptions
  readonly #waiting: Gauge<'program'>
  readonly #running: Gauge<'program'>
  readonly #oldest: Gauge<'program'>
  readonly #approvals: Gauge
  readonly #up: Gauge
  readonly #failures: Counter
  readonly #paused: Gauge<'kind' | 'name' | 'by'>
  readonly #queue: SharedRead<Queue>

  constructor(options: QueueMetricsOptions) {
    this.#options = options
    this.#queue = new SharedRead(() => readQueue(options.store), FRESH_MS)
    const registers = [options.registry]
    const perProgram = (name: string, help: string) =>
      new Gauge({ name, help, labelNames: ['program'], registers })
    this.#waiting = perProgram('hookline_queue_waiting', 'Waiting tasks on all nodes.')
    this.#running = perProgram('hookline_queue_running', 'Running tasks on all nodes.')
    this.#oldest = perProgram(
      'hookline_queue_oldest_seconds',
      'How long the waiting task that was due first has been due; 0 if none is due.',
    )
    this.#paused = new Gauge({
      name: 'hookline_paused',
      help: 'Always 1; the labels say what is paused, and whether a person or a breaker did it.',
      labelNames: ['kind', 'name', 'by'],
      registers,
    })
    this.#approvals = new Gauge({
      name: 'hookline_approvals_pending',
      help: 'Tasks that wait for an approval, counted up to 1000.',
      registers,
    })
    this.#up = new Gauge({
      name: 'hookline_store_up',
      help: '1 if the store answered this scrape in time; else the queue has no metrics.',
      registers,
    })
    this.#failures = new Counter({
      name: 'hookline_store_scrape_failures_total',
      help: 'Scrapes that the store did not answer in time.',
      registers,
    })
  }

  /** Takes at most two seconds. Never throws. */
  async collect(): Promise<void> {
    const queue = await this.#read()
    for (const gauge of [this.#waiting, this.#running, this.#oldest, this.#paused]) gauge.reset()
    this.#up.set(queue === null ? 0 : 1)
    this.#approvals.set(queue?.approvals ?? 0)
    if (queue === null) {
      this.#failures.inc()
      return
    }
    for (const { kind, name, by } of queue.pauses) {
      // The names of tokens are not for those who may read metrics.
      this.#paused.set({ kind, name, by: by === BREAKER ? BREAKER : 'person' }, 1)
    }
    const { programs } = this.#options.config()
    for (const program of programs.keys()) this.#add({ ...NOTHING, program })
    let oldestUnknown = 0
    for (const row of queue.backlog) {
      if (programs.has(row.program)) this.#add(row)
      else {
        // Programs that are no longer in the config share one label.
        oldestUnknown = Math.max(oldestUnknown, this.#age(row))
        this.#add({ ...row, program: UNKNOWN })
        this.#oldest.set({ program: UNKNOWN }, oldestUnknown)
      }
    }
  }

  #add(row: ProgramBacklog): void {
    const label = { program: row.program }
    this.#waiting.inc(label, row.waiting)
    this.#running.inc(label, row.running)
    this.#oldest.set(label, this.#age(row))
  }

  #age({ oldestDueAt }: ProgramBacklog): number {
    if (oldestDueAt === null) return 0
    return Math.max(0, this.#options.clock() - oldestDueAt) / 1000
  }

  async #read(): Promise<Queue | null> {
    // A store that hangs is asked once, however often it is scraped.
    const asked = this.#queue.get().catch(() => null)
    return withTimeLimit(asked, LIMIT_MS, () => null)
  }
}

async function readQueue(store: QueueMetricsOptions['store']): Promise<Queue> {
  const [backlog, pauses, pending] = await Promise.all([
    store.backlog(),
    store.pauses(),
    store.pendingApprovals({ limit: MAX_APPROVALS }),
  ])
  return { backlog, pauses, approvals: pending.length }
}

const NOTHING = { waiting: 0, running: 0, oldestDueAt: null } as const
