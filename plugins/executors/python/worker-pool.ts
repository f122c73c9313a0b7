import { type HelperProcess, untilAborted, withTimeLimit } from '../../../core/sdk/executor.ts'
import { Worker } from './worker.ts'

const BYTES_PER_MB = 1024 * 1024
const QUIT_SECONDS = 2

/** How many workers there are, and how long each is used. */
export interface WorkerSettings {
  /** Undefined: as many as there are runs at once. */
  readonly count?: number | undefined
  readonly maxTasks: number
  readonly maxMemoryMb?: number | undefined
  /** A worker without a run for so long ends. */
  readonly idleSeconds: number
}

/** The arguments of a worker, as `worker_program.py` reads them. */
export function workerArgs({ maxTasks, maxMemoryMb }: WorkerSettings): readonly string[] {
  return [maxTasks, (maxMemoryMb ?? 0) * BYTES_PER_MB].map(String)
}

/** A worker without a run, and since when, on the monotonic clock. */
interface IdleWorker {
  readonly worker: Worker
  readonly since: number
}

/** The workers of a fork server. Each has one run at a time; a run without a free worker starts one, or waits. */
export class WorkerPool {
  readonly #server: HelperProcess
  readonly #fields: (id: number) => readonly string[]
  readonly #maxCount: number
  readonly #idleMs: number
  /** In the order in which their runs ended. */
  #idle: IdleWorker[] = []
  #timer: NodeJS.Timeout | null = null
  readonly #waiting: ((worker: Worker | Promise<Worker>) => void)[] = []
  #count = 0

  /** `fields` are those of the request for the worker with an id. */
  constructor(
    server: HelperProcess,
    {
      count = Number.POSITIVE_INFINITY,
      idleSeconds,
    }: Pick<WorkerSettings, 'count' | 'idleSeconds'>,
    fields: (id: number) => readonly string[],
  ) {
    this.#server = server
    this.#maxCount = count
    this.#idleMs = idleSeconds * 1000
    this.#fields = fields
  }

  /** A worker without a run. Throws where none can be started, or the run is stopped before there is one. */
  async take(signal: AbortSignal): Promise<Worker> {
    const taking = this.#take()
    const worker = await untilAborted(taking, signal)
    if (worker !== null) return worker
    taking.then(
      (late) => this.release(late, true),
      () => {},
    )
    throw signal.reason
  }

  /** Takes a worker back after its run has ended. Without `isFit`, it is killed. */
  release(worker: Worker, isFit: boolean): void {
    if (!isFit) worker.fail(new Error('its run was stopped'))
    if (worker.exit() !== null) return
    const next = this.#waiting.shift()
    // The one that was used last: its memory is still in the processor's cache, and the others may be paged out.
    if (next === undefined) {
      this.#idle.push({ worker, since: performance.now() })
      this.#endIdleLater()
    } else next(worker)
  }

  /** Lets the workers without a run end by themselves, so that their modules can tidy up; not for long. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const ended = Promise.all(this.#idle.splice(0).map(({ worker }) => worker.quit()))
    await withTimeLimit(ended, QUIT_SECONDS * 1000, () => {})
  }

  #endIdleLater(): void {
    const [first] = this.#idle
    if (this.#timer !== null || first === undefined) return
    const waitMs = first.since + this.#idleMs - performance.now()
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#endIdle(performance.now() - this.#idleMs)
      this.#endIdleLater()
    }, waitMs)
    this.#timer.unref()
  }

  #endIdle(before: number): void {
    for (const { worker } of this.#idle.filter(({ since }) => since <= before)) {
      const late = () => worker.fail(new Error('it did not end'))
      void withTimeLimit(worker.quit(), QUIT_SECONDS * 1000, late)
    }
    this.#idle = this.#idle.filter(({ since }) => since > before)
  }

  async #take(): Promise<Worker> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle.worker
    if (this.#count < this.#maxCount) return this.#start()
    const { promise, resolve } = Promise.withResolvers<Worker>()
    this.#waiting.push(resolve)
    return promise
  }

  async #start(): Promise<Worker> {
    this.#count += 1
    const id = this.#server.nextId()
    const worker = new Worker(id, this.#server, () => this.#lose(worker))
    const failure = await this.#server.start(worker, this.#fields(id), '')
    if (failure !== undefined) throw failure
    await worker.connected
    if (worker.exit() === null) return worker
    throw (
      (await Promise.race([worker.startFailure, null])) ??
      Object.assign(new Error('the worker ended before its first run'), { code: 'EAGAIN' })
    )
  }

  #lose(worker: Worker): void {
    this.#count -= 1
    this.#idle = this.#idle.filter((idle) => idle.worker !== worker)
    this.#waiting.shift()?.(this.#start())
  }
}
