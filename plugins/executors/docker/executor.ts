import {
  collectLastLine,
  type ExecutorInstance,
  type Outcome,
  type PluginContext,
  type ProgramRun,
} from '../../../core/index.ts'
import { Engine } from './engine.ts'
import type { DockerOptions } from './options.ts'
import { labelsOfOwner, removeContainer, removeOrphans } from './orphans.ts'
import { outcomeOfFault, outcomeOfStop } from './outcome.ts'
import { runContainer } from './run-container.ts'
import { socketPathOf } from './socket-path.ts'

/** What the first run finds out, and all further runs use. */
interface Ready {
  readonly engine: Engine
  readonly ownerLabels: Readonly<Record<string, string>>
}

/** One docker program. */
export class DockerExecutor implements ExecutorInstance {
  readonly #settings: DockerOptions
  readonly #context: PluginContext
  // Removals that the engine did not carry out: tried again before the next run, and at the end.
  readonly #leftBehind = new Set<string>()
  #ready: Promise<Ready> | null = null

  constructor(settings: DockerOptions, context: PluginContext) {
    this.#settings = settings
    this.#context = context
  }

  /** The last line of its output, where it is JSON, is the result: a container shares no folder for a file. */
  run(run: ProgramRun): Promise<Outcome> {
    return collectLastLine(run, (collected) => this.#run(collected))
  }

  async #run(run: ProgramRun): Promise<Outcome> {
    if (run.signal.aborted) return outcomeOfStop(run.signal)
    let ready: Ready | null
    try {
      ready = await untilAborted(this.#prepare(), run.signal)
      if (ready !== null) await this.#removeLeftBehind(ready.engine)
    } catch (error) {
      return outcomeOfFault(error)
    }
    if (ready === null) return outcomeOfStop(run.signal)
    const { engine, ownerLabels } = ready
    return runContainer({
      engine,
      spec: { settings: this.#settings, baseDir: this.#context.baseDir, ownerLabels },
      run,
      stdin: inputOf(this.#settings.stdin, run),
      remove: (name) => this.#remove(engine, name),
    })
  }

  async close(): Promise<void> {
    const ready = await this.#ready?.catch(() => null)
    if (ready) await this.#removeLeftBehind(ready.engine)
  }

  // At the first run, not when it is created: a config is also created only to be checked.
  #prepare(): Promise<Ready> {
    this.#ready ??= this.#open().catch((error) => {
      this.#ready = null
      throw error
    })
    return this.#ready
  }

  async #open(): Promise<Ready> {
    const { dataDir, logger } = this.#context
    const engine = new Engine(socketPathOf(this.#settings.socketPath, process.env))
    const ownerLabels = labelsOfOwner(dataDir)
    await removeOrphans(engine, ownerLabels, logger)
    return { engine, ownerLabels }
  }

  async #removeLeftBehind(engine: Engine): Promise<void> {
    for (const name of [...this.#leftBehind]) await this.#remove(engine, name)
  }

  async #remove(engine: Engine, name: string): Promise<boolean> {
    const removed = await removeContainer(engine, name)
    if (removed) this.#leftBehind.delete(name)
    else this.#leftBehind.add(name)
    return removed
  }
}

/** The promise's value; null where the signal is aborted first. */
async function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
): Promise<Value | null> {
  const over = new AbortController()
  const aborted = Promise.withResolvers<null>()
  signal.addEventListener('abort', () => aborted.resolve(null), { signal: over.signal })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    over.abort()
  }
}

function inputOf(kind: 'event' | 'payload' | 'none', run: ProgramRun): string | null {
  if (kind === 'none') return null
  return kind === 'event' ? run.stdin : (JSON.stringify(run.event.payload) ?? '')
}
