import type { Context } from 'hono'
import type { Principal } from '../contracts/access.ts'
import type { RunningConfig } from '../contracts/config.ts'
import type { AuditEntry, AuditStore, NewAuditEntry } from '../contracts/document.ts'
import { isHooklineError } from '../kit/errors.ts'
import { callerAddress } from './caller.ts'
import type { HttpTypes } from './http-types.ts'

const MAX_TARGET_LENGTH = 200
const MAX_DETAIL_LENGTH = 16 * 1024

/** What a call did, or was refused. */
export interface AuditFacts {
  /** Dotted: `config.program.put`, `task.retry`, `access.refused`. */
  readonly action: string
  /** What it was done to: a name or an id. */
  readonly target: string
  readonly outcome: NewAuditEntry['outcome']
  /** Masked: no secret, no payload. Default: nothing. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/** Writes down who did what through the API. */
export class AuditLog {
  readonly #store: AuditStore
  readonly #config: () => RunningConfig

  constructor(store: AuditStore, config: () => RunningConfig) {
    this.#store = store
    this.#config = config
  }

  /** The entry for what a call does, to be committed with it. A caller not yet known is `unknown`. */
  entry(context: Context<HttpTypes>, facts: AuditFacts): NewAuditEntry {
    const principal: Principal | undefined = context.get('principal')
    const client = callerAddress(context, this.#config().settings.trustedProxies)
    return { ...this.ownEntry(facts), actor: principal?.name ?? 'unknown', client }
  }

  /** The entry for what the service does by itself. */
  ownEntry({ action, target, outcome, detail = {} }: AuditFacts): NewAuditEntry {
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

  /** Commits an entry by itself. Where it throws, what it tells of must not be done. */
  record(entry: NewAuditEntry): Promise<AuditEntry> {
    return this.#store.audit(entry)
  }

  /** Commits the entry, then acts: without an entry nothing is done. Where the act fails, a second entry says so. */
  async around<Result>(entry: NewAuditEntry, act: () => Promise<Result>): Promise<Result> {
    const { sequence } = await this.record(entry)
    try {
      return await act()
    } catch (error) {
      const code = isHooklineError(error) ? error.code : 'internal'
      const detail = JSON.stringify({ entry: sequence, code })
      // The fault itself counts more than a second one of the log.
      await this.record({ ...entry, outcome: 'refused', detail }).catch(() => {})
      throw error
    }
  }
}
