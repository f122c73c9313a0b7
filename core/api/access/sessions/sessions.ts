import { createHmac, randomBytes } from 'node:crypto'
import type { Principal } from '../../../contracts/access.ts'
import type { DocumentWrite, NewAuditEntry } from '../../../contracts/document.ts'
import { bytesEqual } from '../../../kit/constant-time.ts'
import type { AccessCache } from '../access-cache.ts'
import { SESSIONS, type SessionDocument, type StoredSession } from '../schemas.ts'
import { digestOf } from '../tokens/token-format.ts'
import type { TokenHolder, Tokens } from '../tokens/tokens.ts'

/** Per token, so that nobody can end the sessions of others by starting many. The oldest end first. */
const MAX_SESSIONS_PER_TOKEN = 20
const NO_DIGEST = Buffer.alloc(32)

/** A browser's session. */
export interface Session {
  readonly id: string
  readonly principal: Principal
  /** Expected in the header `X-Hookline-CSRF` of calls that change something. */
  readonly csrf: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Browser sessions. A session ends when it expires, or with the token it was started with. */
export class Sessions {
  readonly #cache: AccessCache
  readonly #tokens: Tokens
  readonly #clock: () => number

  constructor(cache: AccessCache, tokens: Tokens, clock: () => number) {
    this.#cache = cache
    this.#tokens = tokens
    this.#clock = clock
  }

  /** The session of a cookie's value; null if there is none or it has ended. Throws `store_unavailable`. */
  find(cookie: string): Session | null {
    const [id = '', secret = ''] = cookie.split('.', 2)
    const stored = this.#cache.sessions.get(id)
    const isSecret = bytesEqual(digestOf(secret), stored?.hash ?? NO_DIGEST)
    if (stored === undefined || !isSecret || this.#clock() >= stored.expiresAt) return null
    this.#tokens.checkFresh()
    const holder = this.#tokens.holderOf(stored.tokenHash)
    return holder === null ? null : sessionOf(stored, holder, secret)
  }

  /** Starts a session, which is in force on this node once this resolves. `cookie` is not stored anywhere else. */
  async start(
    holder: TokenHolder,
    seconds: number,
    audit: NewAuditEntry,
  ): Promise<{ cookie: string; session: Session }> {
    const id = randomBytes(16).toString('base64url')
    const secret = randomBytes(32).toString('base64url')
    const now = this.#clock()
    const document: SessionDocument = {
      hash: digestOf(secret).toString('hex'),
      tokenHash: Buffer.from(holder.digest).toString('hex'),
      createdAt: now,
      expiresAt: now + seconds * 1000,
    }
    const write = { collection: SESSIONS, name: id, value: JSON.stringify(document), expect: null }
    const writes: DocumentWrite[] = [write, ...this.#outdated(holder, now)]
    await this.#cache.store.writeDocuments(writes, audit)
    await this.#cache.refresh()
    return {
      cookie: `${id}.${secret}`,
      session: sessionOf({ ...document, name: id }, holder, secret),
    }
  }

  /** Signs out. */
  async end({ id }: Session, audit: NewAuditEntry): Promise<void> {
    const write = { collection: SESSIONS, name: id, value: null }
    await this.#cache.store.writeDocuments([write], audit)
    await this.#cache.refresh()
  }

  // Deletes expired sessions, and the token's oldest beyond the limit.
  #outdated({ digest }: TokenHolder, now: number): DocumentWrite[] {
    const all = [...this.#cache.sessions.values()]
    const own = all
      .filter(({ tokenHash, expiresAt }) => now < expiresAt && bytesEqual(tokenHash, digest))
      .toSorted((one, other) => other.createdAt - one.createdAt)
    return [
      ...all.filter(({ expiresAt }) => now >= expiresAt),
      ...own.slice(MAX_SESSIONS_PER_TOKEN - 1),
    ].map(({ name }) => ({ collection: SESSIONS, name, value: null }))
  }
}

function sessionOf(
  { name: id, expiresAt }: Pick<StoredSession, 'name' | 'expiresAt'>,
  holder: TokenHolder,
  secret: string,
): Session {
  const { name, role } = holder
  // Derived from the secret, so that it need not be stored; the cookie cannot be computed from it.
  const csrf = createHmac('sha256', secret).update('hookline csrf').digest('base64url')
  return { id, principal: { name, role, via: 'session' }, csrf, expiresAt }
}
