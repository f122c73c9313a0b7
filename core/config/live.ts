import type { RunningConfig } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import { HooklineError, isHooklineError } from '../kit/errors.ts'
import { type LoadOptions, loadConfig, type WatchList } from './load.ts'
import type { ManagedParts } from './managed-parts.ts'
import type { Freshness } from './module-hooks.ts'
import { ConfigWatch } from './watch.ts'

export type ReloadResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: HooklineError }

export type CheckResult =
  | { readonly ok: true; readonly config: RunningConfig }
  | { readonly ok: false; readonly error: HooklineError }

/** Reads what the API manages; `revision` is that of its newest change. */
export type ReadManaged = () => Promise<{
  readonly parts: ManagedParts
  readonly revision: number
}>

export type ConfigListener = (next: RunningConfig, previous: RunningConfig) => void
export type FaultListener = (fault: HooklineError) => void

const SILENT: PluginLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** The config in force. Follows its files; a faulty change leaves it as it is and says why. */
export class LiveConfig {
  readonly #options: LoadOptions
  readonly #listeners = new Set<ConfigListener>()
  readonly #faultListeners = new Set<FaultListener>()
  readonly #watch: ConfigWatch
  #current: RunningConfig
  #previous: RunningConfig | null = null
  #lastError: HooklineError | null = null
  #reloading: Promise<unknown> = Promise.resolve()
  #readManaged: ReadManaged | null = null
  #managedRevision: number | null = null
  #closed = false

  private constructor(options: LoadOptions, current: RunningConfig) {
    this.#options = options
    this.#current = current
    this.#watch = new ConfigWatch({
      onChange: () => void this.reload(),
      onError: (error) =>
        options.logger.warn(
          { err: error },
          'config files cannot be watched; changes need a restart',
        ),
    })
  }

  /** Loads the config and follows its files from then on. Throws as `loadConfig` does. */
  static async open(options: LoadOptions): Promise<LiveConfig> {
    const watch = emptyWatchList()
    const live = new LiveConfig(options, await loadConfig({ ...options, watch }))
    await live.#watch.add(watch)
    return live
  }

  get current(): RunningConfig {
    return this.#current
  }

  /** The one before the last change; null where there was none. */
  get previous(): RunningConfig | null {
    return this.#previous
  }

  /** Why the newest change was not taken; null where it was. */
  get lastError(): HooklineError | null {
    return this.#lastError
  }

  /** The change of the managed config that was last taken in, with success or not; null where it could not be read. */
  get managedRevision(): number | null {
    return this.#managedRevision
  }

  /** Takes managed config in, now and at each load. Throws as `loadConfig` does, and what `read` throws. */
  async manage(read: ReadManaged): Promise<void> {
    this.#readManaged = read
    const { parts, revision } = await read()
    if (Object.values(parts).every((named) => Object.keys(named).length === 0)) {
      // As nearly always. The config is code: where nothing changes it, it is not run a second time.
      this.#managedRevision = revision
      return
    }
    const result = await this.reload('changed')
    if (!result.ok) throw result.error
  }

  /** What a load with these managed parts would come to, after any reload that is under way. Nothing is changed. */
  check(managed: ManagedParts): Promise<CheckResult> {
    const result = this.#reloading.then(() => this.#checkNow(managed))
    this.#reloading = result
    return result
  }

  /** Called after each change, in order. Returns the way to stop. */
  onChange(listener: ConfigListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Called when a change is not taken, once for each other fault in a row. Returns the way to stop. */
  onFault(listener: FaultListener): () => void {
    this.#faultListeners.add(listener)
    return () => this.#faultListeners.delete(listener)
  }

  /** Reads the config again, after any reload that is under way. */
  reload(freshness: Freshness = 'always'): Promise<ReloadResult> {
    const result = this.#reloading.then(() => this.#reloadNow(freshness))
    this.#reloading = result
    return result
  }

  /** Follows no more. Instances stay open: whoever runs programs closes them. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#watch.close()
    await this.#reloading
    this.#listeners.clear()
    this.#faultListeners.clear()
  }

  async #reloadNow(freshness: Freshness): Promise<ReloadResult> {
    if (this.#closed) return { ok: true }
    const previous = this.#current
    const watch = emptyWatchList()
    try {
      const managed = await this.#managedParts()
      const how = { ...managed, freshness, reuse: previous, watch }
      const next = await loadConfig({ ...this.#options, ...how })
      this.#current = next
      if (next.version !== previous.version) this.#previous = previous
      this.#lastError = null
      this.#tell(next, previous)
      return { ok: true }
    } catch (error) {
      const fault = isHooklineError(error) ? error : unexpected(error)
      const isNew = this.#lastError?.message !== fault.message
      this.#lastError = fault
      const { message, code } = fault
      this.#options.logger.error({ code, fault: message }, 'the changed config was not taken')
      if (isNew) this.#tellFault(fault)
      return { ok: false, error: fault }
    } finally {
      if (!this.#closed) await this.#watch.add(watch)
    }
  }

  async #managedParts(): Promise<Pick<LoadOptions, 'managed'>> {
    if (this.#readManaged === null) return {}
    this.#managedRevision = null
    const { parts, revision } = await this.#readManaged()
    this.#managedRevision = revision
    return { managed: parts }
  }

  async #checkNow(managed: ManagedParts): Promise<CheckResult> {
    const reuse = this.#current
    try {
      const logger = SILENT
      const how = { managed, reuse, mode: 'check', freshness: 'changed', logger } as const
      const config = await loadConfig({ ...this.#options, ...how })
      const before = new Set([...reuse.programs.values()].map(({ instance }) => instance))
      const made = [...config.programs.values()].filter(({ instance }) => !before.has(instance))
      await Promise.allSettled(made.map(({ instance }) => instance.close?.()))
      return { ok: true, config }
    } catch (error) {
      return { ok: false, error: isHooklineError(error) ? error : unexpected(error) }
    }
  }

  #tellFault(fault: HooklineError): void {
    for (const listener of this.#faultListeners) {
      try {
        listener(fault)
      } catch (error) {
        this.#options.logger.error({ err: error }, 'a fault of the config could not be told')
      }
    }
  }

  #tell(next: RunningConfig, previous: RunningConfig): void {
    const { logger } = this.#options
    for (const warning of next.warnings) logger.warn({}, warning)
    logger.info({ version: next.version, previous: previous.version }, 'the config was loaded')
    for (const listener of this.#listeners) {
      try {
        listener(next, previous)
      } catch (error) {
        logger.error({ err: error }, 'a part did not follow the changed config')
      }
    }
  }
}

function unexpected(cause: unknown): HooklineError {
  return new HooklineError('internal', 'The config could not be loaded.', { cause })
}

function emptyWatchList(): WatchList {
  return { files: new Set(), folders: new Set() }
}
