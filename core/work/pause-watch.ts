import type { PauseRecord, PauseStore } from '../contracts/pause.ts'
import type { PluginLogger } from '../contracts/plugin.ts'

/** Logs what is paused, and what is no longer. */
export class PauseWatch {
  readonly #store: Pick<PauseStore, 'pauses'>
  readonly #logger: PluginLogger
  #before: ReadonlyMap<string, PauseRecord> = new Map()

  constructor(store: Pick<PauseStore, 'pauses'>, logger: PluginLogger) {
    this.#store = store
    this.#logger = logger
  }

  async look(): Promise<void> {
    const pauses = await this.#store.pauses()
    const now = new Map(pauses.map((pause) => [`${pause.kind} ${pause.name}`, pause]))
    for (const [key, { kind, name, by, reason }] of now) {
      if (this.#before.get(key)?.by === by) continue
      this.#logger.warn({ [kind]: name, by, reason }, `a ${kind} is paused: its tasks wait`)
    }
    for (const [key, { kind, name }] of this.#before) {
      if (!now.has(key)) this.#logger.info({ [kind]: name }, `a ${kind} is no longer paused`)
    }
    this.#before = now
  }
}
