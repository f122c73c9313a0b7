import { Counter, Gauge, type Registry } from 'prom-client'
import type { RunningConfig } from '../../contracts/config.ts'
import type { ProgramBacklog, StoreUpkeep } from '../../contracts/retention.ts'
import { UNKNOWN } from './labels.ts'

/** How long a scrape waits for the store. */
const LIMIT_MS = 2000
/** Scrapes within this time share an answer of the store. */
const FRESH_MS = 1000

export interface QueueFiguresOptions {
  readonly store: Pick<StoreUpkeep, 'backlog'>
  readonly config: () => RunningConfig
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  readonly registry: Registry
}

type Rows = readonly ProgramBacklog[]

/** What waits and runs on all nodes, asked from the store at a scrape. */
export class QueueFigures {
  readonly #options: QueueFiguresOptions
  readonly #waiting: Gauge<'program'>
  readonly #running: Gauge<'program'>
  readonly #oldest: Gauge<'program'>
  readonly #up: Gauge
  readonly #failures: Counter
  #underWay: Promise<Rows | null> | null = null
  #fresh: { readonly rows: Rows; readonly until: number } | null = null

  constructor(options: QueueFiguresOptions) {
    this.#options = options
    const registers = [options.registry]
    const perProgram = (name: string, help: string) =>
      new Gauge({ name, help, labelNames: ['program'], registers })
    this.#waiting = perProgram('hookline_queue_waiting', 'Tasks that wait, on all nodes.')
    this.#running = perProgram('hookline_queue_running', 'Tasks that run, on all nodes.')
    this.#oldest = perProgram(
      'hookline_queue_oldest_seconds',
      'How long ago the first of the waiting tasks came due; 0 where none is due.',
    )
    this.#up = new Gauge({
      name: 'hookline_store_up',
      help: '1 where the store answered this scrape in time; else the queue has no figures.',
      registers,
    })
    this.#failures = new Counter({
      name: 'hookline_store_scrape_failures_total',
      help: 'Scrapes that the store did not answer in time.',
      registers,
    })
  }

  /** Takes two seconds at most. Never throws. */
  async collect(): Promise<void> {
    const rows = await this.#read()
    for (const gauge of [this.#waiting, this.#running, this.#oldest]) gauge.reset()
    this.#up.set(rows === null ? 0 : 1)
    if (rows === null) {
      this.#failures.inc()
      return
    }
    const { programs } = this.#options.config()
    for (const program of programs.keys()) this.#add({ ...NOTHING, program })
    let oldestUnknown = 0
    for (const row of rows) {
      if (programs.has(row.program)) this.#add(row)
      else {
        // Programs that were taken from the config: together, so that they make one label.
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

  async #read(): Promise<Rows | null> {
    if (this.#fresh !== null && performance.now() < this.#fresh.until) return this.#fresh.rows
    // A store that hangs is asked once, however often it is scraped.
    this.#underWay ??= this.#ask()
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), LIMIT_MS)
    })
    try {
      return await Promise.race([this.#underWay, limit])
    } finally {
      clearTimeout(timer)
    }
  }

  async #ask(): Promise<Rows | null> {
    try {
      const rows = await this.#options.store.backlog()
      this.#fresh = { rows, until: performance.now() + FRESH_MS }
      return rows
    } catch {
      return null
    } finally {
      this.#underWay = null
    }
  }
}

const NOTHING = { waiting: 0, running: 0, oldestDueAt: null } as const
