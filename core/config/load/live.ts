import type { RunningConfig } from '../../contracts/config.ts'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { SILENT_LOGGER } from '../../kit/silent-logger.ts'
import type { ManagedParts } from '../managed/kinds.ts'
import type { Freshness } from '../modules/module-hooks.ts'
import { type LoadOptions, loadConfig, type WatchList } from './load.ts'
import { ConfigWatch } from './watch.ts'

export type ReloadResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: HooklineError }

export type CheckResult =
  | { readonly ok: true; readonly config: RunningConfig }
  | { readonly ok: false; readonly error: HooklineError }

/** Reads the managed config; `revision` is the number of its newest change. */
export type ReadManaged = () => Promise<{
  readonly parts: ManagedParts
  readonly revision: number
}>

export type ConfigListener = (next: RunningConfig, previous: RunningConfig) => void
export type FaultListener = (fault: HooklineError) => void

/** The config in force. Follows changes of its files; a change with faults is reported and not used. */
export class LiveConfig {
  #options: LoadOptions
  readonly #listeners = new Set<ConfigListener>()
  readonly #urlListeners = new Set<(config: RunningConfig) => void>()
  readonly #faultListeners = new Set<FaultListener>()
  readonly #followers = new Set<() => Promise<void>>()
  readonly #watch: ConfigWatch
  #current: RunningConfig
  #previous: RunningConfig | null = null
  #lastError: HooklineError | null = null
  #reloading: Promise<unknown> = Promise.resolve()
  #readManaged: ReadManaged | null = null
  #managedRevision: number | null = null
  #managed: ManagedParts = {}
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

  /** Loads the config and starts to follow its files. Throws what `loadConfig` throws. */
  static async open(options: LoadOptions): Promise<LiveConfig> {
    const watch = emptyWatchList()
    const live = new LiveConfig(options, await loadConfig({ ...options, watch }))
    await live.#watch.add(watch)
    return live
  }

  get current(): RunningConfig {
    return this.#current
  }

  /** The config before the last change; null before the first change. */
  get previous(): RunningConfig | null {
    return this.#previous
  }

  /** Why the newest change is not in force; null if it is. */
  get lastError(): HooklineError | null {
    return this.#lastError
  }

  /** Revision of the managed config that was last loaded, with or without success; null if it could not be read. */
  get managedRevision(): number | null {
    return this.#managedRevision
  }

  /** The managed parts of the config in force. */
  get managed(): ManagedParts {
    return this.#managed
  }

  /** Takes the port on which the service listens. If the config asks for any port (0), its addresses then name this one. */
  listensAt(port: number): void {
    const { settings } = this.#current
    if (settings.port !== 0) return
    this.#options = { ...this.#options, overrides: { ...this.#options.overrides, port } }
    const publicUrl = settings.publicUrl.replace(/:0$/, `:${port}`)
    this.#current = { ...this.#current, settings: { ...settings, port, publicUrl } }
  }

  /** Takes the URL of the tunnel; null: there is none. It becomes `publicUrl` unless the config names one. */
  reachedAt(tunnelUrl: string | null): void {
    const { tunnelUrl: _, ...options } = this.#options
    this.#options = tunnelUrl === null ? options : { ...options, tunnelUrl }
    const { settings } = this.#current
    const publicUrl = settings.configPublicUrl ?? tunnelUrl ?? `http://localhost:${settings.port}`
    if (publicUrl === settings.publicUrl) return
    this.#current = { ...this.#current, settings: { ...settings, publicUrl } }
    this.#call(this.#urlListeners, this.#current)
  }

  /** Adds managed config, now and at each later load. Throws what `loadConfig` and `read` throw. */
  async manage(read: ReadManaged): Promise<void> {
    this.#readManaged = read
    const { parts, revision } = await read()
    if (Object.values(parts).every((named) => Object.keys(named).length === 0)) {
      // The usual case. The config is code, which is not run a second time without need.
      this.#managedRevision = revision
      return
    }
    const result = await this.reload('changed')
    if (!result.ok) throw result.error
  }

  /** Loads the config with these managed parts, after any running reload, and discards it. Changes nothing. */
  check(managed: ManagedParts): Promise<CheckResult> {
    const result = this.#reloading.then(() => this.#checkNow(managed))
    this.#reloading = result
    return result
  }

  /** Calls a listener after each change, in order. Returns a function that removes it. */
  onChange(listener: ConfigListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A follower brings each change to another process. The reload ends only when it has done so; it must not reject. */
  onReload(follower: () => Promise<void>): void {
    this.#followers.add(follower)
  }

  /** Calls a listener when the URL of a tunnel became `publicUrl`. Nothing else of the config has changed then. */
  onPublicUrl(listener: (config: RunningConfig) => void): void {
    this.#urlListeners.add(listener)
  }

  /** Calls a listener if a change has faults; once if the same error repeats. Returns a function that removes it. */
  onFault(listener: FaultListener): () => void {
    this.#faultListeners.add(listener)
    return () => this.#faultListeners.delete(listener)
  }

  /** Loads the config again, after any running reload. */
  reload(freshness: Freshness = 'always'): Promise<ReloadResult> {
    const result = this.#reloading.then(() => this.#reloadNow(freshness))
    this.#reloading = result
    return result
  }

  /** Stops following files. Instances stay open: the worker closes them. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#watch.close()
    await this.#reloading
    this.#listeners.clear()
    this.#urlListeners.clear()
    this.#faultListeners.clear()
    this.#followers.clear()
  }

  async #reloadNow(freshness: Freshness): Promise<ReloadResult> {
    if (this.#closed) return { ok: true }
    const previous = this.#current
    const watch = emptyWatchList()
    try {
      const managed = await this.#managedParts()
      const next = await loadConfig({
        ...this.#options,
        ...managed,
        freshness,
        reuse: previous,
        watch,
      })
      this.#current = next
      if (next.version !== previous.version) this.#previous = previous
      this.#lastError = null
      this.#managed = managed.managed ?? {}
      this.#notify(next, previous)
      await Promise.all([...this.#followers].map((follow) => follow()))
      return { ok: true }
    } catch (error) {
      const fault = isHooklineError(error) ? error : unexpected(error)
      const isNew = this.#lastError?.message !== fault.message
      this.#lastError = fault
      const { message, code } = fault
      this.#options.logger.error({ code, fault: message }, 'the changed config was not taken')
      if (isNew) this.#call(this.#faultListeners, fault)
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
      const logger = SILENT_LOGGER
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

  #notify(next: RunningConfig, previous: RunningConfig): void {
    const { logger } = this.#options
    for (const warning of next.warnings) logger.warn({}, warning)
    logger.info({ version: next.version, previous: previous.version }, 'the config was loaded')
    this.#call(this.#listeners, next, previous)
  }

  #call<Given extends readonly unknown[]>(
    listeners: Iterable<(...given: Given) => void>,
    ...given: Given
  ): void {
    for (const listener of listeners) {
      try {
        listener(...given)
      } catch (error) {
        this.#options.logger.error({ err: error }, 'a listener of the config failed')
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
