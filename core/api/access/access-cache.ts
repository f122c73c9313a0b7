import type { z } from 'zod'
import type { DocumentStore, StoredDocument } from '../../contracts/document.ts'
import type { PluginLogger } from '../../contracts/plugin.ts'
import type { StoreInstance } from '../../contracts/store.ts'
import {
  SESSIONS,
  type StoredSession,
  type StoredToken,
  sessionSchema,
  TOKENS,
  tokenSchema,
} from './schemas.ts'

const POLL_MS = 3000
/** If the store could not be read for this long, a token may have been revoked meanwhile: none is accepted. */
const STALE_MS = 15_000

export type AccessStore = DocumentStore & Pick<StoreInstance, 'subscribe'>

/** Tokens and sessions of the store in memory, kept up to date with changes by any node. */
export class AccessCache {
  readonly store: AccessStore
  readonly #logger: PluginLogger
  readonly #unsubscribe: () => void
  #tokens: ReadonlyMap<string, StoredToken> = new Map()
  #sessions: ReadonlyMap<string, StoredSession> = new Map()
  #version: number | null = null
  #freshAt = Number.NEGATIVE_INFINITY
  #refreshing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  #closed = false

  private constructor(store: AccessStore, logger: PluginLogger) {
    this.store = store
    this.#logger = logger
    this.#unsubscribe = store.subscribe((change) => {
      const isOurs = change.kind === 'documents' && [TOKENS, SESSIONS].includes(change.collection)
      if (isOurs) this.refresh().catch((error) => this.#warn(error))
    })
  }

  /** Reads tokens and sessions for the first time. Throws what the store throws. */
  static async open(store: AccessStore, logger: PluginLogger): Promise<AccessCache> {
    const cache = new AccessCache(store, logger)
    try {
      await cache.refresh()
    } catch (error) {
      cache.close()
      throw error
    }
    cache.#poll()
    return cache
  }

  get tokens(): ReadonlyMap<string, StoredToken> {
    return this.#tokens
  }

  get sessions(): ReadonlyMap<string, StoredSession> {
    return this.#sessions
  }

  /** Whether the cache agreed with the store within the last 15 seconds. */
  get isFresh(): boolean {
    return performance.now() - this.#freshAt < STALE_MS
  }

  /** Reads tokens and sessions again. Changes committed before the call are in force here once it resolves. */
  refresh(): Promise<void> {
    const next = this.#refreshing.then(() => this.#read())
    this.#refreshing = next.catch(() => {
      // Something changed, and it is not known what: a token may have been revoked.
      this.#freshAt = Number.NEGATIVE_INFINITY
    })
    return next
  }

  close(): void {
    this.#closed = true
    this.#unsubscribe()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  async #read(): Promise<void> {
    const startedAt = performance.now()
    // Read before the documents, so that a change in between is read again.
    const version = await this.store.documentsVersion()
    const [tokens, sessions] = await Promise.all([
      this.store.documents(TOKENS),
      this.store.documents(SESSIONS),
    ])
    this.#tokens = this.#parseAll(tokens, tokenSchema)
    this.#sessions = this.#parseAll(sessions, sessionSchema)
    this.#version = version
    this.#freshAt = startedAt
  }

  // Not every store notifies this process of changes by other nodes.
  #poll(): void {
    this.#timer = setTimeout(async () => {
      try {
        const startedAt = performance.now()
        const version = await this.store.documentsVersion()
        if (version === this.#version) this.#freshAt = startedAt
        else await this.refresh()
      } catch (error) {
        this.#warn(error)
      }
      if (!this.#closed) this.#poll()
    }, POLL_MS).unref()
  }

  #parseAll<Value extends object>(documents: readonly StoredDocument[], schema: z.ZodType<Value>) {
    const all = new Map<string, Value & Pick<StoredDocument, 'name' | 'version'>>()
    for (const { collection, name, value, version } of documents) {
      const parsed = schema.safeParse(parseOrNull(value))
      if (parsed.success) all.set(name, { ...parsed.data, name, version })
      // Without a valid document there is no access.
      else this.#logger.error({ collection, name }, 'a document of access is not valid: ignored')
    }
    return all
  }

  #warn(error: unknown): void {
    if (this.#closed) return
    this.#logger.warn({ err: error }, 'tokens and sessions could not be read again')
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
