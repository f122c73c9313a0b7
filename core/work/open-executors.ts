import type { RunningConfig } from '../contracts/config.ts'
import type { ExecutorInstance } from '../contracts/executor.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import { withTimeLimit } from '../kit/time-limit.ts'
import { locateFault } from './fault.ts'

const CLOSE_SECONDS = 10

/** The executors in use. An executor that is no longer in the config is closed after its last run. */
export class OpenExecutors {
  readonly #logger: PluginLogger
  readonly #runs = new Map<ExecutorInstance, number>()
  #current: ReadonlySet<ExecutorInstance> = new Set()
  readonly #closing = new Set<Promise<void>>()

  constructor(logger: PluginLogger) {
    this.#logger = logger
  }

  /** Uses another config. Instances that are in both configs stay open. */
  follow(config: RunningConfig): void {
    this.#current = new Set([...config.programs.values()].map((program) => program.instance))
    for (const instance of this.#current) {
      if (!this.#runs.has(instance)) this.#runs.set(instance, 0)
    }
    for (const instance of this.#runs.keys()) this.#closeIfDone(instance)
  }

  acquire(instance: ExecutorInstance): void {
    this.#runs.set(instance, (this.#runs.get(instance) ?? 0) + 1)
  }

  release(instance: ExecutorInstance): void {
    this.#runs.set(instance, (this.#runs.get(instance) ?? 1) - 1)
    this.#closeIfDone(instance)
  }

  /** Closes all executors, even those with a run that did not stop. */
  async closeAll(): Promise<void> {
    this.#current = new Set()
    for (const instance of [...this.#runs.keys()]) this.#close(instance)
    await Promise.all(this.#closing)
  }

  #closeIfDone(instance: ExecutorInstance): void {
    if (this.#runs.get(instance) === 0 && !this.#current.has(instance)) this.#close(instance)
  }

  #close(instance: ExecutorInstance): void {
    this.#runs.delete(instance)
    const closing = this.#closeWithin(instance).finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }

  async #closeWithin(instance: ExecutorInstance): Promise<void> {
    try {
      await withTimeLimit(instance.close?.(), CLOSE_SECONDS * 1000, () => {
        this.#logger.error({}, `an executor did not close within ${CLOSE_SECONDS} s`)
      })
    } catch (error) {
      this.#logger.error({ fault: locateFault(error) }, 'an executor failed to close')
    }
  }
}
