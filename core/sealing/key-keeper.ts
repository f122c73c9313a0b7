import type { DocumentStore, DocumentWrite, NewAuditEntry } from '../contracts/document.ts'
import { HooklineError } from '../errors/errors.ts'
import { derivedKey } from './key.ts'
import type { KeyRing } from './key-ring.ts'
import { KEYS, openDocument, sealWrite } from './sealed-documents.ts'
import { headOf } from './sealed-form.ts'
import { Sealer } from './sealer.ts'

const MAX_TRIES = 10

/** A key, and what is sealed with it. */
export interface KeyUse {
  readonly id: string
  /** Name of a variable, or path of a file; null if the key is missing: what is sealed with it cannot be opened. */
  readonly from: string | null
  /** Whether new values are sealed with it. */
  readonly seals: boolean
  /** Documents sealed with it. */
  readonly documents: number
  /** Whether payloads were ever sealed with it. Some may still be stored. */
  readonly payloads: boolean
}

export interface Resealed {
  /** Id of the key that seals. */
  readonly key: string
  /** Documents that were sealed again. */
  readonly documents: number
}

/** Lists and rotates keys, and seals documents again. */
export class KeyKeeper {
  readonly #store: DocumentStore
  readonly #keys: KeyRing
  readonly #sealer: Sealer

  /** `store` is the one below the sealed store: it returns values as they are stored. */
  constructor(store: DocumentStore, keys: KeyRing) {
    this.#store = store
    this.#keys = keys
    this.#sealer = new Sealer(keys)
  }

  /** Every key that is present or needed. Opens no value, so it works if a key is lost. */
  async list(): Promise<readonly KeyUse[]> {
    const documents = new Map<string, number>()
    const payloads = new Set<string>()
    for (const collection of await this.#store.collections()) {
      for (const { name, value } of await this.#store.documents(collection)) {
        const id = headOf(value)?.keyId
        if (collection === KEYS) payloads.add(name)
        else if (id !== undefined) documents.set(id, (documents.get(id) ?? 0) + 1)
      }
    }
    const present = this.#keys.list()
    const needed = new Set([...documents.keys(), ...payloads])
    for (const { id } of present) needed.delete(id)
    const missing = [...needed].map((id) => ({ id, from: null, seals: false }))
    return [...present, ...missing].map((key) => ({
      ...key,
      documents: documents.get(key.id) ?? 0,
      payloads: payloads.has(key.id),
    }))
  }

  /** Keys of signed links: first the one that signs, then those that may have signed before. Throws `key_missing`. */
  linkKeys(): readonly string[] {
    const { id: sealing } = this.#keys.sealing()
    const ids = new Set([sealing, ...this.#keys.list().map(({ id }) => id)])
    return [...ids].map((id) => derivedKey(this.#keys.find(id), 'link'))
  }

  /**
   * Makes a new key and seals all documents with it. The key is on the disk before anything is sealed with it. If the
   * process is killed in between, some documents stay under the old key, which is kept; `reseal` completes the rotation.
   * Throws `key_fixed` if the key is not in a file that may be changed.
   */
  async rotate(audit: NewAuditEntry): Promise<Resealed> {
    this.#keys.checkRotation()
    // Throws if a document cannot be opened, before there is another key.
    await this.#writes()
    // The audit entry comes first: the new key is on the disk before the write that records its use.
    await this.#store.writeDocuments([], { ...audit, target: '', detail: '{"begins":true}' })
    this.#keys.rotate()
    return this.reseal(audit)
  }

  /** Seals all documents with the current key, in one write with the audit entry. */
  async reseal(audit: NewAuditEntry): Promise<Resealed> {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const { id: key } = this.#keys.sealing()
      const writes = await this.#writes()
      const target = { ...audit, target: key }
      const written = await this.#store.writeDocuments(writes, target)
      if (written.ok) return { key, documents: writes.length }
    }
    throw new HooklineError(
      'config_busy',
      `Documents were changed ${MAX_TRIES} times while they were being sealed again`,
    )
  }

  /**
   * Forgets that payloads were sealed with a key, so that it may be removed: a start no longer requires it. Payloads
   * that are still sealed with it cannot be opened without it. Throws `not_found`, or `key_in_use` if it is the current
   * key or documents are sealed with it.
   */
  async forget(id: string, audit: NewAuditEntry): Promise<KeyUse> {
    const use = (await this.list()).find((key) => key.id === id)
    if (use === undefined) throw new HooklineError('not_found', `No key ${id} is known`)
    if (use.seals) throw new HooklineError('key_in_use', `The key ${id} is the one that seals`)
    if (use.documents > 0) {
      throw new HooklineError('key_in_use', `${use.documents} documents are sealed with ${id}`)
    }
    const record = { collection: KEYS, name: id, value: null }
    await this.#store.writeDocuments([record], { ...audit, target: id })
    return { ...use, payloads: false }
  }

  // Each write expects the version that was read, so that it undoes no other change.
  async #writes(): Promise<readonly DocumentWrite[]> {
    const { id: key } = this.#keys.sealing()
    const writes: DocumentWrite[] = []
    for (const collection of await this.#store.collections()) {
      if (collection === KEYS) continue
      for (const stored of await this.#store.documents(collection)) {
        const { name, value, version } = openDocument(this.#sealer, stored)
        if (headOf(stored.value)?.keyId === key) continue
        writes.push({
          ...sealWrite(this.#sealer, { collection, name, value }),
          expect: version,
        })
      }
    }
    return writes
  }
}
