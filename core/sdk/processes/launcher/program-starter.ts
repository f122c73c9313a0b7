import type { PluginContext } from '../../../contracts/plugin.ts'
import { type Launch, type ProcessRun, startChild, type WatchedChild } from '../child.ts'
import type { HelperUse } from '../helper/helper-share.ts'
import { type Launcher, launchers } from './launcher.ts'

/** Starts programs by the launcher if there is one, and by Node.js if not. */
export class ProgramStarter {
  /** Null: it is switched off. */
  readonly #launcher: HelperUse<Launcher | null> | null
  readonly #context: PluginContext
  #isToldSlow = false

  constructor(mode: 'auto' | 'off', context: PluginContext) {
    this.#launcher = mode === 'off' ? null : launchers.use()
    this.#context = context
  }

  /** A `StartChild`. */
  async start(launch: Launch, run: ProcessRun): Promise<WatchedChild> {
    if (this.#launcher === null) return startChild(launch, run)
    const launcher = await this.#launcher.get()
    if (launcher !== null) return launcher.launch(launch, run)
    this.#tellSlow()
    return startChild(launch, run)
  }

  async close(): Promise<void> {
    await this.#launcher?.release()
  }

  #tellSlow(): void {
    if (this.#isToldSlow || process.platform !== 'linux') return
    this.#isToldSlow = true
    const { logger, name } = this.#context
    const message =
      'without python3 (3.8 or newer) programs are started more slowly, by Hookline itself'
    logger.info({ program: name }, message)
  }
}
