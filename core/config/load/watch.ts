import { dirname, join } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { WatchList } from './load-options.ts'

/** Editors write in several steps. A change is reported after this long without another. */
const QUIET_MILLISECONDS = 150
/** From a file of a plugin to the folder of plugins: `sources/own/index.ts` is three levels deep. */
const UP = ['..', '../..', '../../..']

export interface ConfigWatchOptions {
  readonly onChange: () => void
  readonly onError: (error: unknown) => void
}

/** Watches files, and folders for new files, and reports changes once no more follow for a moment. */
export class ConfigWatch {
  readonly #options: ConfigWatchOptions
  readonly #files = new Set<string>()
  readonly #folders = new Set<string>()
  readonly #parents = new Set<string>()
  readonly #watcher: FSWatcher
  readonly #ready: Promise<void>
  #timer: NodeJS.Timeout | null = null

  constructor(options: ConfigWatchOptions) {
    this.#options = options
    this.#watcher = watch([], {
      ignoreInitial: true,
      // A folder may hold many other files.
      ignored: (path) => !this.#isWatched(path),
    })
    this.#ready = new Promise((resolve) => this.#watcher.once('ready', resolve))
    this.#watcher.on('all', () => this.#changed())
    this.#watcher.on('error', options.onError)
  }

  /** Watches more files and folders. Resolves once their changes are noticed. */
  async add({ files, folders }: WatchList): Promise<void> {
    const added: string[] = []
    for (const path of [...files, ...folders]) {
      const known = files.has(path) ? this.#files : this.#folders
      if (known.has(path)) continue
      known.add(path)
      // An editor may replace the file with a new one, which only the folder reports.
      this.#parents.add(dirname(path))
      added.push(dirname(path), path)
    }
    if (added.length === 0) return
    this.#watcher.add(added)
    await this.#ready
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#watcher.close()
  }

  #isWatched(path: string): boolean {
    if (this.#files.has(path) || this.#folders.has(path) || this.#parents.has(path)) return true
    return UP.some((up) => this.#folders.has(join(path, up)))
  }

  #changed(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#options.onChange()
    }, QUIET_MILLISECONDS)
  }
}
