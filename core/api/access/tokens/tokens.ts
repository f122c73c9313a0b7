import type { Principal, Role } from '../../../contracts/access.ts'
import type { NewAuditEntry } from '../../../contracts/document.ts'
import { HooklineError } from '../../../errors/errors.ts'
import { bytesEqual } from '../../../kit/constant-time.ts'
import type { AccessCache } from '../access-cache.ts'
import { SESSIONS, type StoredToken, TOKENS, type TokenDocument } from '../schemas.ts'
import { createToken, digestOf, hasTokenFormat } from './token-format.ts'

/** Name of the node's own token. */
const OWN_TOKEN = 'admin'
/** Names with another meaning in the audit log. */
const RESERVED: ReadonlySet<string> = new Set([OWN_TOKEN, 'hookline', 'unknown', 'breaker'])

/** The holder of a token. */
export interface TokenHolder {
  readonly name: string
  readonly role: Role
  /** SHA-256 of the token. */
  readonly digest: Uint8Array
}

export interface NewToken {
  readonly name: string
  readonly role: Role
  /** Milliseconds since the epoch; null: never. */
  readonly expiresAt: number | null
  readonly createdBy: Principal
}

/** The node's own token, and the tokens in the store. */
export class Tokens {
  readonly #cache: AccessCache
  readonly #own: TokenHolder
  readonly #clock: () => number

  constructor(cache: AccessCache, ownToken: string, clock: () => number) {
    this.#cache = cache
    this.#own = { name: OWN_TOKEN, role: 'admin', digest: digestOf(ownToken) }
    this.#clock = clock
  }

  /** The holder of the node's own token. */
  get own(): TokenHolder {
    return this.#own
  }

  /** The holder of a token; null if it is unknown, expired or revoked. Throws `store_unavailable` if that cannot be known. */
  find(token: string): TokenHolder | null {
    const holder = this.holderOf(digestOf(token))
    if (holder === null && hasTokenFormat(token)) this.checkFresh()
    return holder
  }

  /** The same by digest. Compares with every token, so that the time taken reveals nothing about them. */
  holderOf(digest: Uint8Array): TokenHolder | null {
    let holder: TokenHolder | null = bytesEqual(this.#own.digest, digest) ? this.#own : null
    const now = this.#clock()
    const { isFresh, tokens } = this.#cache
    for (const token of tokens.values()) {
      const isHolder = bytesEqual(token.hash, digest)
      if (isHolder && isFresh && isInForce(token, now)) {
        holder = { name: token.name, role: token.role, digest: token.hash }
      }
    }
    return holder
  }

  /** All tokens by name, expired ones too, without the node's own. */
  list(): readonly StoredToken[] {
    return [...this.#cache.tokens.values()]
  }

  /** Creates a token, which is in force on this node once this resolves. Its text is only returned here. Throws `token_exists`. */
  async create(
    token: NewToken,
    audit: NewAuditEntry,
  ): Promise<{ token: string; stored: StoredToken }> {
    const { name, role, expiresAt, createdBy } = token
    if (RESERVED.has(name.toLowerCase())) throw exists(name)
    const text = createToken()
    const document: TokenDocument = {
      hash: digestOf(text).toString('hex'),
      role,
      createdAt: this.#clock(),
      createdBy: createdBy.name,
      expiresAt,
    }
    const write = { collection: TOKENS, name, value: JSON.stringify(document), expect: null }
    const written = await this.#cache.store.writeDocuments([write], audit)
    if (!written.ok) throw exists(name)
    await this.#cache.refresh()
    const stored = this.#cache.tokens.get(name)
    if (stored === undefined)
      throw new HooklineError('token_unknown', `'${name}' is revoked already`)
    return { token: text, stored }
  }

  /** Revokes a token and ends its sessions: on this node once this resolves, on others within seconds. Throws `token_unknown`. */
  async revoke(name: string, audit: NewAuditEntry): Promise<StoredToken> {
    await this.#cache.refresh()
    const stored = this.#cache.tokens.get(name)
    if (stored === undefined) throw unknown(name)
    const sessions = [...this.#cache.sessions.values()]
      .filter((session) => 'tokenHash' in session && bytesEqual(session.tokenHash, stored.hash))
      .map((session) => ({ collection: SESSIONS, name: session.name, value: null }))
    const write = { collection: TOKENS, name, value: null, expect: stored.version }
    const written = await this.#cache.store.writeDocuments([write, ...sessions], audit)
    await this.#cache.refresh()
    if (!written.ok) throw unknown(name)
    return stored
  }

  /** Throws `store_unavailable` if the cache is so old that it may hold a revoked token. */
  checkFresh(): void {
    if (this.#cache.isFresh) return
    throw new HooklineError('store_unavailable', 'It cannot be known which tokens are in force')
  }
}

/** Whether a token has not expired. */
export function isInForce({ expiresAt }: Pick<StoredToken, 'expiresAt'>, now: number): boolean {
  return expiresAt === null || now < expiresAt
}

function exists(name: string): HooklineError {
  return new HooklineError('token_exists', `There is a token '${name}', or the name is reserved`)
}

function unknown(name: string): HooklineError {
  return new HooklineError('token_unknown', `There is no token '${name.slice(0, 64)}'`)
}
