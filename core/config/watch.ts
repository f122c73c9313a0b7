import { dirname, join } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { WatchList } from './load-options.ts'

/** Editors write in several steps; a change counts once it has been quiet this long. */
const QUIET_MILLISECONDS = 150
/** How deep in a folder of plugins a file may lie: `sources/own/index.ts`. */
const UP = ['..', '../..', '../../..']

export interface ConfigWatchOptions {
  readonly onChange: () => void
  readonly onError: (error: unknown) => void
}

/** Watches files, and folders for new files, and tells of changes once they settle. */
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
      // Only what is looked for: beside a config there may be anything.
      ignored: (path) => !this.#isWatched(path),
    })
    this.#ready = new Promise((resolve) => this.#watcher.once('ready', resolve))
    this.#watcher.on('all', () => this.#changed())
    this.#watcher.on('error', options.onError)
  }

  /** Watches these too. Resolves when changes are noticed from now on. */
  async add({ files, folders }: WatchList): Promise<void> {
    const added: string[] = []
    for (const path of [...files, ...folders]) {
      const known = files.has(path) ? this.#files : this.#folders
      if (known.has(path)) continue
      known.add(path)
      // A file that an editor replaces is a new one: the folder tells of it.
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
