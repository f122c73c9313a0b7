import { HooklineError } from '../errors.ts'
import type { Key } from './key.ts'
import {
  MARK,
  openBytes,
  type Place,
  parseForm,
  type SealedKind,
  sealBytes,
} from './sealed-form.ts'

export type { Place, SealedKind } from './sealed-form.ts'

export interface Keys {
  sealing(): Key
  /** Throws `key_missing`. */
  find(id: string): Key
}

/** A plain value that looks like a sealed one is kept behind this. */
const PLAIN = `${MARK}plain.`

/** Where a value is, and what it is. */
export interface Spot {
  readonly kind: SealedKind
  readonly place: Place
}

/** Seals values and opens them. A value that was never sealed is opened as it is. */
export class Sealer {
  readonly #keys: Keys

  constructor(keys: Keys) {
    this.#keys = keys
  }

  seal(spot: Spot, plain: Uint8Array | string): string {
    const bytes = typeof plain === 'string' ? Buffer.from(plain) : plain
    return sealBytes(this.#keys.sealing(), spot, bytes)
  }

  /** The text; for a value that is not to be sealed, but might be taken for one that is. */
  escape(plain: string): string {
    return plain.startsWith(MARK) ? this.mark(plain) : plain
  }

  /** The text marked as one that is not sealed. */
  mark(plain: string): string {
    return PLAIN + plain
  }

  /** Throws `key_missing`, or `sealed_value_broken` where it was changed or belongs elsewhere. */
  open(spot: Spot, stored: string): string {
    if (!stored.startsWith(MARK)) return stored
    if (stored.startsWith(PLAIN)) return stored.slice(PLAIN.length)
    return this.#bytes(spot, stored).toString()
  }

  /** The same for bytes that were sealed or escaped. */
  openBytes(spot: Spot, stored: string): Uint8Array {
    if (stored.startsWith(PLAIN)) return Buffer.from(stored.slice(PLAIN.length), 'latin1')
    return this.#bytes(spot, stored)
  }

  /** The same where all were sealed: one that was not was not written by Hookline. */
  openSealed(spot: Spot, stored: string): string {
    return this.#bytes(spot, stored).toString()
  }

  #bytes({ kind, place }: Spot, stored: string): Buffer {
    const form = parseForm(stored)
    const opened =
      form === null || form.kind !== kind
        ? null
        : openBytes(this.#keys.find(form.keyId), form, place)
    if (opened !== null) return opened
    const what = form === null ? 'is not sealed, or is cut' : 'was changed, or was moved here'
    throw new HooklineError(
      'sealed_value_broken',
      `The stored value '${kind}' of ${place.join('/')} ${what}`,
    )
  }
}

/** Whether a text, or bytes, begin like a sealed value. */
export function looksSealed(value: string | Uint8Array): boolean {
  if (typeof value === 'string') return value.startsWith(MARK)
  for (let index = 0; index < MARK.length; index++) {
    if (value[index] !== MARK.charCodeAt(index)) return false
  }
  return true
}
