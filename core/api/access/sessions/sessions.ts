import { createHmac, randomBytes } from 'node:crypto'
import type { Principal, Role } from '../../../contracts/access.ts'
import type { DocumentWrite, NewAuditEntry } from '../../../contracts/document.ts'
import { bytesEqual } from '../../../kit/constant-time.ts'
import type { AccessCache } from '../access-cache.ts'
import { type Oidc, type Person, roleOf } from '../oidc/person.ts'
import { SESSIONS, type SessionDocument, type StoredSession } from '../schemas.ts'
import { digestOf } from '../tokens/token-format.ts'
import type { TokenHolder, Tokens } from '../tokens/tokens.ts'

/** Per token or person, so that nobody can end the sessions of others by starting many. The oldest end first. */
const MAX_SESSIONS_PER_HOLDER = 20
const NO_DIGEST = Buffer.alloc(32)

/** Whose session it is. */
export type SessionHolder = TokenHolder | PersonHolder

/** Somebody who signed in with a provider. */
export interface PersonHolder {
  readonly name: string
  readonly role: Role
  readonly person: Person
}

/** A browser's session. */
export interface Session {
  readonly id: string
  readonly principal: Principal
  /** Whether a provider vouched for its holder. */
  readonly isOfPerson: boolean
  /** Expected in the header `X-Hookline-CSRF` of calls that change something. */
  readonly csrf: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface SessionsOptions {
  readonly cache: AccessCache
  readonly tokens: Tokens
  /** The provider in the config in force. */
  readonly oidc: () => Oidc
  readonly clock: () => number
}

/**
 * Browser sessions. A session ends when it expires, with the token it was started with, or when the config gives its person
 * no role any more.
 */
export class Sessions {
  readonly #cache: AccessCache
  readonly #tokens: Tokens
  readonly #oidc: () => Oidc
  readonly #clock: () => number

  constructor({ cache, tokens, oidc, clock }: SessionsOptions) {
    this.#cache = cache
    this.#tokens = tokens
    this.#oidc = oidc
    this.#clock = clock
  }

  /** The person with the role that the config in force gives; null if it gives none. */
  holderOf(person: Person): PersonHolder | null {
    const role = roleOf(person, this.#oidc())
    return role === null ? null : { name: person.name, role, person }
  }

  /** The session of a cookie's value; null if there is none or it has ended. Throws `store_unavailable`. */
  find(cookie: string): Session | null {
    const [id = '', secret = ''] = cookie.split('.', 2)
    const stored = this.#cache.sessions.get(id)
    const isSecret = bytesEqual(digestOf(secret), stored?.hash ?? NO_DIGEST)
    if (stored === undefined || !isSecret || this.#clock() >= stored.expiresAt) return null
    this.#tokens.checkFresh()
    const holder =
      'person' in stored ? this.holderOf(stored.person) : this.#tokens.holderOf(stored.tokenHash)
    return holder === null ? null : sessionOf(stored, holder, secret)
  }

  /** Starts a session, which is in force on this node once this resolves. `cookie` is not stored anywhere else. */
  async start(
    holder: SessionHolder,
    seconds: number,
    audit: NewAuditEntry,
  ): Promise<{ cookie: string; session: Session }> {
    const id = randomBytes(16).toString('base64url')
    const secret = randomBytes(32).toString('base64url')
    const now = this.#clock()
    const document: SessionDocument = {
      hash: digestOf(secret).toString('hex'),
      createdAt: now,
      expiresAt: now + seconds * 1000,
      ...('person' in holder
        ? { person: holder.person }
        : { tokenHash: Buffer.from(holder.digest).toString('hex') }),
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

  // Deletes expired sessions, and the holder's oldest beyond the limit.
  #outdated(holder: SessionHolder, now: number): DocumentWrite[] {
    const all = [...this.#cache.sessions.values()]
    const own = all
      .filter((session) => now < session.expiresAt && isOf(session, holder))
      .toSorted((one, other) => other.createdAt - one.createdAt)
    return [
      ...all.filter(({ expiresAt }) => now >= expiresAt),
      ...own.slice(MAX_SESSIONS_PER_HOLDER - 1),
    ].map(({ name }) => ({ collection: SESSIONS, name, value: null }))
  }
}

function isOf(session: StoredSession, holder: SessionHolder): boolean {
  if ('tokenHash' in session) {
    return 'digest' in holder && bytesEqual(session.tokenHash, holder.digest)
  }
  const { issuer, subject } = session.person
  return 'person' in holder && holder.person.issuer === issuer && holder.person.subject === subject
}

function sessionOf(
  { name: id, expiresAt }: Pick<StoredSession, 'name' | 'expiresAt'>,
  holder: SessionHolder,
  secret: string,
): Session {
  const { name, role } = holder
  // Derived from the secret, so that it need not be stored; the cookie cannot be computed from it.
  const csrf = createHmac('sha256', secret).update('hookline csrf').digest('base64url')
  const principal = { name, role, via: 'session' } as const
  return { id, principal, isOfPerson: 'person' in holder, csrf, expiresAt }
}
