import { availableParallelism } from 'node:os'
import type { Launch, ProcessRun, WatchedChild } from '../../../core/index.ts'
import { Launcher } from './launcher.ts'

// The first in PATH can be a slow version switcher.
const INTERPRETERS = ['/usr/bin/python3', 'python3']
/** A launcher stands still while the system starts a program, so more can use more processors. */
const MAX_LAUNCHERS = Math.min(4, availableParallelism())
/** A launcher with so many programs still to start is helped by another. */
const CROWDED_STARTS = 4

/** One user's part in the launchers that all share. */
export interface LauncherUse {
  /** Starts a program; null where this machine cannot have a launcher. */
  start(launch: Launch, run: ProcessRun): Promise<WatchedChild | null>
  /** Called once, after the last run. The last user ends the launchers. */
  release(): Promise<void>
}

/** Launchers: the first for the first user, more where programs wait to be started, anew where one ended. */
export class LauncherShare {
  readonly #users = new Set<LauncherUse>()
  readonly #interpreters: readonly string[]
  #launchers: readonly Launcher[] = []
  #opening: Promise<Launcher | null> | null = null
  #isPossible = true

  constructor(interpreters: readonly string[] = INTERPRETERS) {
    this.#interpreters = interpreters
  }

  use(): LauncherUse {
    const use: LauncherUse = {
      start: async (launch, run) => {
        this.#users.add(use)
        // Chosen and told in one turn: of those that start together, each sees what the others have begun.
        const launcher = this.#leastBusy() ?? (await this.#first())
        return launcher?.start(launch, run) ?? null
      },
      release: async () => {
        if (!this.#users.delete(use) || this.#users.size > 0) return
        const last = this.#launchers
        const opening = this.#opening?.catch(() => null)
        this.#launchers = []
        this.#opening = null
        this.#isPossible = true
        await Promise.all([...last, await opening].map((launcher) => launcher?.close()))
      },
    }
    return use
  }

  #leastBusy(): Launcher | undefined {
    this.#launchers = this.#launchers.filter(({ isLost }) => !isLost)
    const [first] = this.#launchers
    if (first === undefined) return undefined
    const least = this.#launchers.reduce((best, other) =>
      other.starting < best.starting ? other : best,
    )
    const isCrowded = least.starting >= CROWDED_STARTS
    if (isCrowded && this.#launchers.length < MAX_LAUNCHERS) {
      // Without it the others go on as before.
      this.#open().catch(() => {})
    }
    return least
  }

  async #first(): Promise<Launcher | null> {
    if (!this.#isPossible) return null
    const launcher = await this.#open()
    return launcher?.isLost === true ? this.#first() : (this.#leastBusy() ?? launcher)
  }

  /** Rejects where the system cannot start one just now. */
  #open(): Promise<Launcher | null> {
    if (this.#opening !== null) return this.#opening
    const isCurrent = () => this.#opening === opening
    const opening = open(this.#interpreters).then(
      (launcher) => {
        // Else the last user has gone, and closes it.
        if (isCurrent()) this.#keep(launcher)
        return launcher
      },
      (error: unknown) => {
        if (isCurrent()) this.#opening = null
        throw error
      },
    )
    this.#opening = opening
    return opening
  }

  #keep(launcher: Launcher | null): void {
    this.#opening = null
    if (launcher !== null) this.#launchers = [...this.#launchers, launcher]
    else if (this.#launchers.length === 0) this.#isPossible = false
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
