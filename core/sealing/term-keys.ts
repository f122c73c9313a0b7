import type { DocumentStore } from '../contracts/document.ts'
import { isHooklineError } from '../errors/errors.ts'
import { derivedKey } from './key.ts'
import type { KeyRing } from './key-ring.ts'
import { KEYS } from './sealed-documents.ts'

/** Keys for what encrypted values are searched by: one for each key that payloads are or were sealed with. */
export class TermKeys {
  readonly #store: Pick<DocumentStore, 'documents'>
  readonly #keys: KeyRing

  /** `store` is the one below the sealed store. */
  constructor(store: Pick<DocumentStore, 'documents'>, keys: KeyRing) {
    this.#store = store
    this.#keys = keys
  }

  /** That of the key which seals. Throws `key_missing`. */
  sealing(): string {
    return derivedKey(this.#keys.sealing(), 'term')
  }

  /** Those of all keys on record. One that this node does not have is left out. */
  async all(): Promise<readonly string[]> {
    const onRecord = await this.#store.documents(KEYS)
    return onRecord.flatMap(({ name }) => this.#find(name))
  }

  #find(id: string): readonly string[] {
    try {
      return [derivedKey(this.#keys.find(id), 'term')]
    } catch (error) {
      if (!isHooklineError(error)) throw error
      return []
    }
  }
}
