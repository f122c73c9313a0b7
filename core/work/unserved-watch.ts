import type { PluginLogger } from '../contracts/plugin.ts'
import type { Roster } from './roster.ts'

/** Warns of programs that no live node runs: their tasks wait. */
export class UnservedWatch {
  readonly #roster: Roster
  readonly #logger: PluginLogger
  #before = new Set<string>()
  #warnedOf = ''

  constructor(roster: Roster, logger: PluginLogger) {
    this.#roster = roster
    this.#logger = logger
  }

  /** A program counts that was unserved at the last look too: where all nodes are started together, one is the first. */
  async look(): Promise<void> {
    this.#roster.forget()
    const unserved = await this.#roster.unserved()
    const lasting = unserved.filter(({ program }) => this.#before.has(program))
    this.#before = new Set(unserved.map(({ program }) => program))
    const text = JSON.stringify(lasting)
    if (text === this.#warnedOf || (lasting.length === 0 && this.#warnedOf === '')) return
    this.#warnedOf = lasting.length === 0 ? '' : text
    if (lasting.length === 0) this.#logger.info({}, 'live nodes run every program again')
    else this.#logger.warn({ programs: lasting }, 'no live node runs these programs: tasks wait')
  }
}
