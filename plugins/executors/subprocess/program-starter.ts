import {
  type Launch,
  type PluginContext,
  type ProcessRun,
  startChild,
  type WatchedChild,
} from '../../../core/index.ts'
import type { LauncherUse } from './launcher-share.ts'

/** Starts programs by the launcher where there is one. */
export class ProgramStarter {
  /** Null: programs are started by this process itself. */
  readonly #launcher: LauncherUse | null
  readonly #context: PluginContext
  #isToldSlow = false

  constructor(launcher: LauncherUse | null, context: PluginContext) {
    this.#launcher = launcher
    this.#context = context
  }

  /** A `StartChild`. */
  async start(launch: Launch, run: ProcessRun): Promise<WatchedChild> {
    const launcher = (await this.#launcher?.get()) ?? null
    if (launcher !== null) return launcher.start(launch, run)
    if (this.#launcher !== null) this.#tellSlow()
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
