import { createPublicKey, type KeyObject } from 'node:crypto'
import { HooklineError } from '../../../errors/errors.ts'
import { isRecord } from '../../../kit/is-record.ts'
import { parseJson } from '../../../kit/json.ts'
import type { FetchText } from '../fetch-text.ts'

const MAX_KEYS = 100
/** How long keys are used without looking again. */
const FRESH_MS = 60 * 60 * 1000
/** How long they are used while they cannot be fetched. */
const KEPT_MS = 24 * 60 * 60 * 1000
/** A stranger can name any key, so an unknown one is looked for once in this time. */
const RETRY_MS = 60_000
const FAILURE_MS = 5000

/** A public key of a set. */
export interface ListedKey {
  readonly id: string | null
  /** The only algorithm that it is for; null: any that fits. */
  readonly algorithm: string | null
  readonly key: KeyObject
}

/** The keys at a URL (JWK Set, RFC 7517). They are fetched when they are needed, and kept. */
export class KeySet {
  readonly #url: string
  readonly #fetch: FetchText
  readonly #clock: () => number
  #keys: readonly ListedKey[] = []
  #fetchedAt: number | null = null
  #failure: string | null = null
  #askedAt = Number.NEGATIVE_INFINITY
  #pending: Promise<void> | null = null

  constructor(url: string, fetch: FetchText, clock: () => number) {
    this.#url = url
    this.#fetch = fetch
    this.#clock = clock
  }

  /**
   * The keys with an id, or all without one. Throws `source_unavailable` if none are known and they cannot be fetched: the
   * sender then tries again.
   */
  async find(id: string | null): Promise<readonly ListedKey[]> {
    if (this.#age() > FRESH_MS) await this.#refresh(FAILURE_MS)
    if (this.#age() > KEPT_MS) throw this.#unavailable()
    const found = this.#withId(id)
    if (found.length > 0) return found
    await this.#refresh(RETRY_MS)
    const known = this.#withId(id)
    if (known.length === 0 && this.#failure !== null) throw this.#unavailable()
    return known
  }

  #withId(id: string | null): readonly ListedKey[] {
    return id === null ? this.#keys : this.#keys.filter((key) => key.id === id)
  }

  #age(): number {
    return this.#fetchedAt === null ? Number.POSITIVE_INFINITY : this.#clock() - this.#fetchedAt
  }

  /** Fetches the keys, unless that was tried less than `pauseMs` ago. */
  async #refresh(pauseMs: number): Promise<void> {
    if (this.#pending === null) {
      if (this.#clock() - this.#askedAt < pauseMs) return
      this.#askedAt = this.#clock()
      this.#pending = this.#load().finally(() => {
        this.#pending = null
      })
    }
    await this.#pending
  }

  async #load(): Promise<void> {
    try {
      this.#keys = keysOf(await this.#fetch(this.#url))
      this.#fetchedAt = this.#clock()
      this.#failure = null
    } catch (error) {
      this.#failure = reasonOf(error)
    }
  }

  #unavailable(): HooklineError {
    const { origin, pathname } = new URL(this.#url)
    const reason = this.#failure ?? 'they have not come yet'
    return new HooklineError(
      'source_unavailable',
      `The keys of the sender at ${origin}${pathname} could not be fetched: ${reason}`,
      { fields: { retryAfterSeconds: FAILURE_MS / 1000 } },
    )
  }
}

function keysOf(text: string): readonly ListedKey[] {
  const set = parseJson(text)
  const list = isRecord(set) ? set['keys'] : undefined
  if (!Array.isArray(list)) throw new Error('the answer is no set of keys')
  return list.slice(0, MAX_KEYS).flatMap((jwk) => listedKey(jwk) ?? [])
}

/** Null for a key that is none for signatures, or that is secret. */
function listedKey(jwk: unknown): ListedKey | null {
  if (!isRecord(jwk) || !['RSA', 'EC', 'OKP'].includes(String(jwk['kty']))) return null
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') return null
  try {
    const key = createPublicKey({ key: jwk as never, format: 'jwk' })
    return { id: textOf(jwk['kid']), algorithm: textOf(jwk['alg']), key }
  } catch {
    return null
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { cause, message } = error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
