import type { Context } from 'hono'
import type { Principal } from '../contracts/access.ts'
import type { RunningConfig } from '../contracts/config.ts'
import type { AuditEntry, AuditStore, NewAuditEntry } from '../contracts/document.ts'
import type { StoreInstance } from '../contracts/store.ts'
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
  readonly #store: StoreInstance & Partial<AuditStore>
  readonly #config: () => RunningConfig

  constructor(store: StoreInstance, config: () => RunningConfig) {
    this.#store = store
    this.#config = config
  }

  /** The entry for what a call does, to be committed with it. A caller not yet known is `unknown`. */
  entry(context: Context<HttpTypes>, facts: AuditFacts): NewAuditEntry {
    const { settings } = this.#config()
    const principal: Principal | undefined = context.get('principal')
    const { action, target, outcome, detail = {} } = facts
    const text = JSON.stringify(detail)
    return {
      at: Date.now(),
      actor: principal?.name ?? 'unknown',
      action,
      target: target.slice(0, MAX_TARGET_LENGTH),
      outcome,
      detail: text.length > MAX_DETAIL_LENGTH ? '{"tooLong":true}' : text,
      client: callerAddress(context, settings.trustedProxies),
      node: settings.node.name,
    }
  }

  /** Commits an entry by itself. Where it throws, what it tells of must not be done. */
  record(entry: NewAuditEntry): Promise<AuditEntry> {
    if (this.#store.audit === undefined) throw new Error('the store keeps no audit log')
    return this.#store.audit(entry)
  }
}
