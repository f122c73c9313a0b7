import { Launcher } from './launcher.ts'

// The first in PATH can be a slow version switcher.
const INTERPRETERS = ['/usr/bin/python3', 'python3']

/** One user's part in the launcher that all share. */
export interface LauncherUse {
  /** The launcher, started where none runs; null where this machine cannot have one. */
  get(): Promise<Launcher | null>
  /** Called once, after the last run. The last user ends the launcher. */
  release(): Promise<void>
}

/** A launcher that is started for its first user, and anew where it ended. */
export class LauncherShare {
  readonly #users = new Set<LauncherUse>()
  readonly #interpreters: readonly string[]
  #current: Promise<Launcher | null> | null = null

  constructor(interpreters: readonly string[] = INTERPRETERS) {
    this.#interpreters = interpreters
  }

  use(): LauncherUse {
    const use: LauncherUse = {
      get: () => {
        this.#users.add(use)
        return this.#get()
      },
      release: async () => {
        if (!this.#users.delete(use) || this.#users.size > 0) return
        const last = this.#current
        this.#current = null
        await (await last)?.close()
      },
    }
    return use
  }

  async #get(): Promise<Launcher | null> {
    this.#current ??= open(this.#interpreters)
    const current = this.#current
    const launcher = await current
    if (launcher?.isLost !== true) return launcher
    if (this.#current === current) this.#current = null
    return this.#get()
  }
}

// Node forks on Linux only: elsewhere its own start is as fast.
async function open(interpreters: readonly string[]): Promise<Launcher | null> {
  if (process.platform !== 'linux') return null
  for (const interpreter of interpreters) {
    const launcher = new Launcher(interpreter)
    if (await launcher.becomesReady()) return launcher
  }
  return null
}
