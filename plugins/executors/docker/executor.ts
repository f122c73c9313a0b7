import {
  type EndOutcome,
  type ExecutorInstance,
  outcomeOfStop,
  type PluginContext,
  ProgramResult,
  type ProgramRun,
  programStdin,
  untilAborted,
} from '../../../core/sdk/executor.ts'
import { Engine } from './engine.ts'
import { enginePlace } from './engine-place.ts'
import type { DockerOptions } from './options.ts'
import { labelsOfOwner, removeContainer, removeOrphans } from './orphans.ts'
import { outcomeOfError } from './outcome.ts'
import { runContainer } from './run-container.ts'

/** What the first run prepares for all runs. */
interface Ready {
  readonly engine: Engine
  readonly ownerLabels: Readonly<Record<string, string>>
}

/** One docker program. */
export class DockerExecutor implements ExecutorInstance {
  readonly #settings: DockerOptions
  readonly #context: PluginContext
  // Containers that the engine did not remove: tried again before the next run, and at the end.
  readonly #leftBehind = new Set<string>()
  #ready: Promise<Ready> | null = null

  constructor(settings: DockerOptions, context: PluginContext) {
    this.#settings = settings
    this.#context = context
  }

  /** A container shares no folder for a result file: the last line of its output, if it is JSON, is the result. */
  async run(run: ProgramRun): Promise<EndOutcome> {
    const result = new ProgramResult(run, null)
    return result.addTo(await this.#run(run, result.write))
  }

  async #run(run: ProgramRun, write: ProgramRun['write']): Promise<EndOutcome> {
    if (run.signal.aborted) return outcomeOfStop(run.signal)
    let ready: Ready | null
    try {
      ready = await untilAborted(this.#prepare(), run.signal)
      if (ready !== null) await this.#removeLeftBehind(ready.engine)
    } catch (error) {
      return outcomeOfError(error)
    }
    if (ready === null) return outcomeOfStop(run.signal)
    const { engine, ownerLabels } = ready
    return runContainer({
      engine,
      spec: { settings: this.#settings, baseDir: this.#context.baseDir, ownerLabels },
      run,
      write,
      stdin: () => programStdin(this.#settings.stdin, run),
      remove: (name) => this.#remove(engine, name),
    })
  }

  async close(): Promise<void> {
    const ready = await this.#ready?.catch(() => null)
    if (ready) await this.#removeLeftBehind(ready.engine)
  }

  // At the first run, not in the constructor: a config may be loaded only to be checked.
  #prepare(): Promise<Ready> {
    this.#ready ??= this.#open().catch((error) => {
      this.#ready = null
      throw error
    })
    return this.#ready
  }

  async #open(): Promise<Ready> {
    const { dataDir, logger } = this.#context
    const engine = new Engine(enginePlace(this.#settings))
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
