import type { PluginLogger } from '../../contracts/plugin.ts'
import { HooklineError } from '../../kit/errors.ts'
import { AccessDocuments, type AccessStore } from './documents.ts'
import { Sessions } from './sessions.ts'
import { Throttle } from './throttle.ts'
import { hasTokenForm } from './token-form.ts'
import { type TokenHolder, Tokens } from './tokens.ts'

export interface AccessOptions {
  /** The node's own token: `HOOKLINE_ADMIN_TOKEN`, or that of its data folder. */
  readonly adminToken: string
  /** An open store. */
  readonly store: AccessStore
  readonly logger: PluginLogger
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Where a try comes from, and how many may fail there within a minute. */
export interface Try {
  readonly address: string | null
  readonly maxFailures: number
}

/** Who may use the admin API. */
export class Access {
  readonly tokens: Tokens
  readonly sessions: Sessions
  readonly #documents: AccessDocuments
  readonly #throttle = new Throttle()

  private constructor(documents: AccessDocuments, { adminToken, clock }: AccessOptions) {
    this.#documents = documents
    this.tokens = new Tokens(documents, adminToken, clock)
    this.sessions = new Sessions(documents, this.tokens, clock)
  }

  /** Reads tokens and sessions from the store and follows them. To be closed before the store is. */
  static async open(options: AccessOptions): Promise<Access> {
    return new Access(await AccessDocuments.open(options.store, options.logger), options)
  }

  close(): void {
    this.#documents.close()
  }

  /**
   * Whose token it is. Throws `unauthorized`, or `rate_limited` after too many of those. A token of Hookline's own form
   * is looked at even then: nobody can guess one, and nobody else's failures are to lock its holder out.
   */
  holderOf(token: string, { address, maxFailures }: Try): TokenHolder {
    const waitSeconds = this.#throttle.waitSeconds(address, maxFailures)
    if (waitSeconds > 0 && !hasTokenForm(token)) throw tooMany(waitSeconds)
    const holder = this.tokens.find(token)
    if (holder !== null) return holder
    if (waitSeconds > 0) throw tooMany(waitSeconds)
    this.#throttle.failed(address, maxFailures)
    throw new HooklineError('unauthorized', 'No valid token was given')
  }
}

function tooMany(retryAfterSeconds: number): HooklineError {
  return new HooklineError('rate_limited', 'Too many tokens that are not valid were given', {
    fields: { retryAfterSeconds },
  })
}
