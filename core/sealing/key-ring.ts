import { randomBytes } from 'node:crypto'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import { createPrivateFile } from '../kit/private-file.ts'
import { errorCodeOf } from '../kit/thrown.ts'
import { KEY_BYTES, type Key, keyText, toKey } from './key.ts'
import { addToKeyFile } from './key-file.ts'
import {
  dataKeyFile,
  type KeyPlaces,
  type KeySource,
  keyFilesState,
  keyPlacesText,
  readKeySources,
} from './key-source.ts'

/** How often key files are checked for changes while they are used. */
const LOOK_EVERY_MS = 1000

export interface KeyRingOptions extends KeyPlaces {
  /** Called with the keys as text, in every form that they could be written in, for redaction. */
  readonly onKeys?: ((texts: readonly string[]) => void) | undefined
}

export interface KeyInfo {
  readonly id: string
  /** Name of a variable, or path of a file. */
  readonly from: string
  /** Whether new values are sealed with it. */
  readonly seals: boolean
}

/** The keys of this node. A key stays known, even if it is removed from its file. */
export class KeyRing {
  readonly #options: KeyRingOptions
  readonly #known = new Map<string, Key>()
  #sources: readonly KeySource[] = []
  #filesState = ''
  #lookedAt = 0

  /** Reads the keys. Throws `key_invalid` or `key_unreadable`. */
  constructor(options: KeyRingOptions) {
    this.#options = options
    this.#read()
  }

  /** The key that seals new values. The first one is made and kept in the data folder. Throws `key_missing`. */
  sealing(): Key {
    const now = performance.now()
    if (now - this.#lookedAt > LOOK_EVERY_MS) this.#follow()
    const first = this.#sources[0]?.keys[0]
    if (first !== undefined) return first
    if (this.#known.size > 0) {
      throw new HooklineError('key_missing', `The key is gone: ${this.#lookedFor()}`)
    }
    const key = toKey(randomBytes(KEY_BYTES))
    this.#keep(key)
    // If two processes make a key at once, the first one counts.
    this.#read()
    return this.sealing()
  }

  /** The key with an id. Reads the key files again if they changed. Throws `key_missing`. */
  find(id: string): Key {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    this.#follow()
    const found = this.#known.get(id)
    if (found !== undefined) return found
    throw new HooklineError('key_missing', `The key ${id} is needed: ${this.#lookedFor()}`)
  }

  /** All keys, in the order in which they are found. */
  list(): readonly KeyInfo[] {
    const listed = this.#sources.flatMap(({ name, keys }) =>
      keys.map(({ id }) => ({ id, from: name })),
    )
    return listed.map((info, index) => ({ ...info, seals: index === 0 }))
  }

  /**
   * Makes a new key, which seals from now on. It is on the disk before this returns; earlier keys stay. Throws
   * `key_fixed` if the current key is not in a file that may be changed.
   */
  rotate(): Key {
    this.checkRotation()
    const source = this.#sources[0]
    if (source === undefined) return this.sealing()
    const key = toKey(randomBytes(KEY_BYTES))
    addToKeyFile(source.name, keyText(key))
    this.#read()
    return this.find(key.id)
  }

  /** Throws `key_fixed` if `rotate` would. */
  checkRotation(): void {
    this.#follow()
    const source = this.#sources[0]
    if (source === undefined || source.kind === 'data' || source.kind === 'file') return
    throw new HooklineError('key_fixed', `The key that seals comes from ${source.name}`)
  }

  #keep(key: Key): void {
    const file = dataKeyFile(this.#options.dataDir)
    try {
      createPrivateFile(file, `${keyText(key)}\n`)
    } catch (cause) {
      const reason = isHooklineError(cause) ? cause.message : errorCodeOf(cause)
      const message = `The first key cannot be kept in ${file}: ${reason}`
      throw new HooklineError('store_unavailable', message, { cause })
    }
  }

  #follow(): void {
    this.#lookedAt = performance.now()
    if (keyFilesState(this.#options) !== this.#filesState) this.#read()
  }

  #read(): void {
    const state = keyFilesState(this.#options)
    this.#sources = readKeySources(this.#options)
    this.#filesState = state
    this.#lookedAt = performance.now()
    const keys = this.#sources.flatMap((source) => source.keys)
    const isNew = keys.some(({ id }) => !this.#known.has(id))
    for (const key of keys) this.#known.set(key.id, key)
    if (isNew) this.#options.onKeys?.(keys.flatMap(textsOf))
  }

  #lookedFor(): string {
    return `looked for it in ${keyPlacesText(this.#options)}`
  }
}

function textsOf({ secret }: Key): readonly string[] {
  const bytes = secret.export()
  // Without padding, so that it is found with and without it.
  const base64 = bytes.toString('base64').replace(/=+$/, '')
  return [
    base64,
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
}
