import { setTimeout as sleep } from 'node:timers/promises'
import type { HelperProcess } from './helper-process.ts'

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 5000
/** A helper that has run this long is no longer counted as failing. */
const STEADY_MS = 10_000

/** One program's part in a helper process that several share. */
export interface HelperUse<Helper> {
  /** The helper, started where none runs. */
  get(): Promise<Helper>
  /** Gives the next run another helper; this one ends once what it runs has ended. */
  replace(helper: Helper): Promise<void>
  /** Called once, after the last run. The last user ends the helper. */
  release(): Promise<void>
}

/** One helper process at a time: started when it is first needed, and again when it has ended or is out of date. */
export class HelperShare<Helper extends HelperProcess | null> {
  readonly #open: () => Promise<Helper>
  readonly #onUnused: () => void
  readonly #users = new Set<HelperUse<Helper>>()
  #current: Promise<Helper> | null = null
  #failures = 0

  /** `open` starts a helper; null if this machine can have none. `onUnused` is called when the last user is gone. */
  constructor(open: () => Promise<Helper>, onUnused: () => void = () => {}) {
    this.#open = open
    this.#onUnused = onUnused
  }

  use(): HelperUse<Helper> {
    const use: HelperUse<Helper> = {
      get: () => {
        this.#users.add(use)
        return this.#get()
      },
      replace: async (helper) => {
        const current = this.#current
        if ((await current) === helper && this.#current === current) this.#current = null
        helper?.retire()
      },
      release: async () => {
        if (!this.#users.delete(use) || this.#users.size > 0) return
        this.#onUnused()
        const last = this.#current
        this.#current = null
        this.#failures = 0
        const helper = await last?.catch(() => null)
        await helper?.close()
      },
    }
    return use
  }

  async #get(): Promise<Helper> {
    this.#current ??= this.#start()
    const current = this.#current
    const helper = await current
    if (helper?.isLost !== true) return helper
    if (this.#current === current) this.#current = null
    return this.#get()
  }

  #start(): Promise<Helper> {
    const starting = this.#startAfterPause()
    starting.catch(() => {
      if (this.#current === starting) this.#current = null
    })
    return starting
  }

  // A helper that ends again and again is started more and more slowly.
  async #startAfterPause(): Promise<Helper> {
    if (this.#failures > 0) {
      await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), MAX_PAUSE_MS))
    }
    this.#failures += 1
    const helper = await this.#open()
    const steady = setTimeout(() => {
      this.#failures = 0
    }, STEADY_MS)
    steady.unref()
    void helper?.lost.then(() => clearTimeout(steady))
    return helper
  }
}
