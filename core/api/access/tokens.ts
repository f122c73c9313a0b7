import type { Principal, Role } from '../../contracts/access.ts'
import type { NewAuditEntry } from '../../contracts/document.ts'
import { bytesEqual } from '../../kit/constant-time.ts'
import { HooklineError } from '../../kit/errors.ts'
import type { AccessDocuments } from './documents.ts'
import { type KeptToken, SESSIONS, TOKENS, type TokenForm } from './forms.ts'
import { createToken, digestOf, hasTokenForm } from './token-form.ts'

/** Name of the node's own token. */
export const OWN_TOKEN = 'admin'
/** Names that the audit log gives to others. */
const RESERVED: ReadonlySet<string> = new Set([OWN_TOKEN, 'hookline', 'unknown'])

/** Whose token it is. */
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

/** The node's own token, and those that were made in the store. */
export class Tokens {
  readonly #documents: AccessDocuments
  readonly #own: TokenHolder
  readonly #clock: () => number

  constructor(documents: AccessDocuments, ownToken: string, clock: () => number) {
    this.#documents = documents
    this.#own = { name: OWN_TOKEN, role: 'admin', digest: digestOf(ownToken) }
    this.#clock = clock
  }

  /** Null where it is nobody's, or not in force any more. Throws `store_unavailable` where that cannot be known. */
  find(token: string): TokenHolder | null {
    const holder = this.holderOf(digestOf(token))
    if (holder === null && hasTokenForm(token)) this.checkFresh()
    return holder
  }

  /** The same by a token's digest. Asks about every token, so that its time tells nothing of them. */
  holderOf(digest: Uint8Array): TokenHolder | null {
    let holder: TokenHolder | null = bytesEqual(this.#own.digest, digest) ? this.#own : null
    const now = this.#clock()
    const { isFresh, tokens } = this.#documents
    for (const token of tokens.values()) {
      const isHolder = bytesEqual(token.hash, digest)
      if (isHolder && isFresh && isInForce(token, now)) {
        holder = { name: token.name, role: token.role, digest: token.hash }
      }
    }
    return holder
  }

  /** In order of name, those that ran out too; the node's own is not among them. */
  list(): readonly KeptToken[] {
    return [...this.#documents.tokens.values()]
  }

  /** Makes a token, in force on this node once resolved; answers it, once. Throws `token_exists`. */
  async create(token: NewToken, audit: NewAuditEntry): Promise<{ token: string; kept: KeptToken }> {
    const { name, role, expiresAt, createdBy } = token
    if (RESERVED.has(name.toLowerCase())) throw exists(name)
    const text = createToken()
    const form: TokenForm = {
      hash: digestOf(text).toString('hex'),
      role,
      createdAt: this.#clock(),
      createdBy: createdBy.name,
      expiresAt,
    }
    const write = { collection: TOKENS, name, value: JSON.stringify(form), expect: null }
    const written = await this.#documents.store.writeDocuments([write], audit)
    if (!written.ok) throw exists(name)
    await this.#documents.refresh()
    const kept = this.#documents.tokens.get(name)
    if (kept === undefined) throw new HooklineError('token_unknown', `'${name}' is revoked already`)
    return { token: text, kept }
  }

  /** Ends a token and the sessions started with it: on this node once resolved, on others within seconds. Throws `token_unknown`. */
  async revoke(name: string, audit: NewAuditEntry): Promise<KeptToken> {
    await this.#documents.refresh()
    const kept = this.#documents.tokens.get(name)
    if (kept === undefined) throw unknown(name)
    const sessions = [...this.#documents.sessions.values()]
      .filter((session) => bytesEqual(session.tokenHash, kept.hash))
      .map((session) => ({ collection: SESSIONS, name: session.name, value: null }))
    const write = { collection: TOKENS, name, value: null, expect: kept.version }
    const written = await this.#documents.store.writeDocuments([write, ...sessions], audit)
    await this.#documents.refresh()
    if (!written.ok) throw unknown(name)
    return kept
  }

  /** Throws `store_unavailable` where the store has not been read for so long that a revoked token might still be here. */
  checkFresh(): void {
    if (this.#documents.isFresh) return
    throw new HooklineError('store_unavailable', 'It cannot be known which tokens are in force')
  }
}

/** Whether it has not run out. */
export function isInForce({ expiresAt }: Pick<KeptToken, 'expiresAt'>, now: number): boolean {
  return expiresAt === null || now < expiresAt
}

function exists(name: string): HooklineError {
  return new HooklineError('token_exists', `There is a token '${name}', or the name is reserved`)
}

function unknown(name: string): HooklineError {
  return new HooklineError('token_unknown', `There is no token '${name.slice(0, 64)}'`)
}
