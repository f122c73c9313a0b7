import type { z } from 'zod'
import type { DocumentStore, StoredDocument } from '../../contracts/document.ts'
import type { PluginLogger } from '../../contracts/plugin.ts'
import type { StoreInstance } from '../../contracts/store.ts'
import {
  type Kept,
  type KeptSession,
  type KeptToken,
  SESSIONS,
  sessionSchema,
  TOKENS,
  tokenSchema,
} from './forms.ts'

const POLL_MS = 3000
/** After so long without news of the store, a revoked token might still be taken here: then none is. */
const STALE_MS = 15_000

export type AccessStore = DocumentStore & Pick<StoreInstance, 'subscribe'>

/** Tokens and sessions of the store, kept in memory, and followed as any node changes them. */
export class AccessDocuments {
  readonly store: AccessStore
  readonly #logger: PluginLogger
  readonly #unsubscribe: () => void
  #tokens: ReadonlyMap<string, KeptToken> = new Map()
  #sessions: ReadonlyMap<string, KeptSession> = new Map()
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

  /** Reads all of it once. Throws where the store does. */
  static async open(store: AccessStore, logger: PluginLogger): Promise<AccessDocuments> {
    const documents = new AccessDocuments(store, logger)
    try {
      await documents.refresh()
    } catch (error) {
      documents.close()
      throw error
    }
    documents.#poll()
    return documents
  }

  get tokens(): ReadonlyMap<string, KeptToken> {
    return this.#tokens
  }

  get sessions(): ReadonlyMap<string, KeptSession> {
    return this.#sessions
  }

  /** Whether what is kept here is what the store had a moment ago. */
  get isFresh(): boolean {
    return performance.now() - this.#freshAt < STALE_MS
  }

  /** Reads all of it again: what was committed before the call is then in force here. */
  refresh(): Promise<void> {
    const next = this.#refreshing.then(() => this.#read())
    this.#refreshing = next.catch(() => {
      // Something has changed, and what is not known here: a token may be revoked.
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
    // Before the documents: a change that comes in between is read again.
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

  // The store tells of what this process wrote, and of other nodes only where it can.
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

  #parseAll<Form extends object>(documents: readonly StoredDocument[], schema: z.ZodType<Form>) {
    const kept = new Map<string, Form & Kept>()
    for (const { collection, name, value, version } of documents) {
      const parsed = schema.safeParse(parseOrNull(value))
      if (parsed.success) kept.set(name, { ...parsed.data, name, version })
      // Without its document, nobody has the access that it gave.
      else this.#logger.error({ collection, name }, 'a document of access is not valid: ignored')
    }
    return kept
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
