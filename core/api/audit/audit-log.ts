import type { Context } from 'hono'
import type { Principal } from '../../contracts/access.ts'
import type { RunningConfig } from '../../contracts/config.ts'
import type { AuditEntry, AuditStore, NewAuditEntry } from '../../contracts/document.ts'
import { isHooklineError } from '../../errors/errors.ts'
import { callerAddress } from '../http/caller.ts'
import type { HttpTypes } from '../http/types.ts'

const MAX_TARGET_LENGTH = 200
const MAX_DETAIL_LENGTH = 16 * 1024

/** What a call did, or tried to do. */
export interface AuditFacts {
  /** Dotted: `config.program.put`, `task.retry`, `access.refused`. */
  readonly action: string
  /** Name or id of what it was done to. */
  readonly target: string
  /** Default: `done`. */
  readonly outcome?: NewAuditEntry['outcome']
  /** Without secrets and payloads. Default: empty. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/** Records who did what through the API. */
export class AuditLog {
  readonly #store: AuditStore
  readonly #config: () => RunningConfig

  constructor(store: AuditStore, config: () => RunningConfig) {
    this.#store = store
    this.#config = config
  }

  /** The entry for a call, to be committed with what it does. The actor is `unknown` before authentication. */
  entry(context: Context<HttpTypes>, facts: AuditFacts): NewAuditEntry {
    const principal: Principal | undefined = context.get('principal')
    const client = callerAddress(context, this.#config().settings.trustedProxies)
    return { ...this.ownEntry(facts), actor: principal?.name ?? 'unknown', client }
  }

  /** The entry for an act of the service itself. */
  ownEntry({ action, target, outcome = 'done', detail = {} }: AuditFacts): NewAuditEntry {
    const text = JSON.stringify(detail)
    return {
      at: Date.now(),
      actor: 'hookline',
      action,
      target: target.slice(0, MAX_TARGET_LENGTH),
      outcome,
      detail: text.length > MAX_DETAIL_LENGTH ? '{"tooLong":true}' : text,
      client: null,
      node: this.#config().settings.node.name,
    }
  }

  /** Commits an entry on its own. If this throws, the act must not be done. */
  record(entry: NewAuditEntry): Promise<AuditEntry> {
    return this.#store.audit(entry)
  }

  /** Commits the entry, then acts, so that nothing is done unrecorded. If the act fails, a second entry records that. */
  async around<Result>(entry: NewAuditEntry, act: () => Promise<Result>): Promise<Result> {
    const { sequence } = await this.record(entry)
    try {
      return await act()
    } catch (error) {
      const code = isHooklineError(error) ? error.code : 'internal'
      const detail = JSON.stringify({ entry: sequence, code })
      // The act's own error is thrown, even if this entry fails too.
      await this.record({ ...entry, outcome: 'refused', detail }).catch(() => {})
      throw error
    }
  }
}
