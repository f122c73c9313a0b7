import { createHmac, randomBytes } from 'node:crypto'
import type { Principal } from '../../contracts/access.ts'
import type { DocumentWrite, NewAuditEntry } from '../../contracts/document.ts'
import { bytesEqual } from '../../kit/constant-time.ts'
import type { AccessDocuments } from './documents.ts'
import { type KeptSession, SESSIONS, type SessionForm } from './forms.ts'
import { digestOf } from './token-form.ts'
import type { TokenHolder, Tokens } from './tokens.ts'

/** More of one token end its oldest, so that nobody can end the sessions of others. */
const MAX_SESSIONS_PER_TOKEN = 20
const NO_DIGEST = Buffer.alloc(32)

/** A browser's session. */
export interface Session {
  readonly id: string
  readonly principal: Principal
  /** What a call that changes something gives back in `X-Hookline-CSRF`. */
  readonly csrf: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Sessions of browsers. Each ends with the token that it was started with, or at its time. */
export class Sessions {
  readonly #documents: AccessDocuments
  readonly #tokens: Tokens
  readonly #clock: () => number

  constructor(documents: AccessDocuments, tokens: Tokens, clock: () => number) {
    this.#documents = documents
    this.#tokens = tokens
    this.#clock = clock
  }

  /** The session of a cookie's value; null where there is none in force. Throws `store_unavailable`. */
  find(cookie: string): Session | null {
    const [id = '', secret = ''] = cookie.split('.', 2)
    const kept = this.#documents.sessions.get(id)
    const isSecret = bytesEqual(digestOf(secret), kept?.hash ?? NO_DIGEST)
    if (kept === undefined || !isSecret || this.#clock() >= kept.expiresAt) return null
    this.#tokens.checkFresh()
    const holder = this.#tokens.holderOf(kept.tokenHash)
    return holder === null ? null : sessionOf(kept, holder, secret)
  }

  /** Starts a session, in force on this node once resolved; `cookie` is given out once. */
  async start(
    holder: TokenHolder,
    seconds: number,
    audit: NewAuditEntry,
  ): Promise<{ cookie: string; session: Session }> {
    const id = randomBytes(16).toString('base64url')
    const secret = randomBytes(32).toString('base64url')
    const now = this.#clock()
    const form: SessionForm = {
      hash: digestOf(secret).toString('hex'),
      tokenHash: Buffer.from(holder.digest).toString('hex'),
      createdAt: now,
      expiresAt: now + seconds * 1000,
    }
    const write = { collection: SESSIONS, name: id, value: JSON.stringify(form), expect: null }
    const writes: DocumentWrite[] = [write, ...this.#outdated(holder, now)]
    await this.#documents.store.writeDocuments(writes, audit)
    await this.#documents.refresh()
    return { cookie: `${id}.${secret}`, session: sessionOf({ ...form, name: id }, holder, secret) }
  }

  /** Signs out. */
  async end({ id }: Session, audit: NewAuditEntry): Promise<void> {
    const write = { collection: SESSIONS, name: id, value: null }
    await this.#documents.store.writeDocuments([write], audit)
    await this.#documents.refresh()
  }

  // Those that ran out, and the token's oldest beyond what is kept.
  #outdated({ digest }: TokenHolder, now: number): DocumentWrite[] {
    const all = [...this.#documents.sessions.values()]
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
  { name: id, expiresAt }: Pick<KeptSession, 'name' | 'expiresAt'>,
  holder: TokenHolder,
  secret: string,
): Session {
  const { name, role } = holder
  // Made of the secret, so that it need not be kept: who knows it cannot make the cookie of it.
  const csrf = createHmac('sha256', secret).update('hookline csrf').digest('base64url')
  return { id, principal: { name, role, via: 'session' }, csrf, expiresAt }
}
