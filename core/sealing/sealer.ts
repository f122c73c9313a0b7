import { createHmac } from 'node:crypto'
import { HooklineError } from '../errors/errors.ts'
import { parseKeepingDigits } from '../kit/exact-json.ts'
import type { Key } from './key.ts'
import { MARK, openBytes, parseForm, type SealingContext, sealBytes } from './sealed-form.ts'

export type { SealingContext } from './sealed-form.ts'

export interface Keys {
  /** The key that seals new values. */
  sealing(): Key
  /** Throws `key_missing`. */
  find(id: string): Key
}

/** Prefix of a plain value that would otherwise look like a sealed one. */
const PLAIN = `${MARK}plain.`

/** Seals values and opens them. A value that was never sealed is opened as it is. */
export class Sealer {
  readonly #keys: Keys

  constructor(keys: Keys) {
    this.#keys = keys
  }

  seal(context: SealingContext, plain: Uint8Array | string): string {
    const bytes = typeof plain === 'string' ? Buffer.from(plain) : plain
    return sealBytes(this.#keys.sealing(), context, bytes)
  }

  /** A hash in hex that cannot be computed without the key that seals now. Equal texts have equal hashes under a key. */
  digest(purpose: string, text: string): string {
    const { secret } = this.#keys.sealing()
    return createHmac('sha256', secret).update(`hookline ${purpose}\0${text}`).digest('hex')
  }

  /** The text, marked as plain if it looks like a sealed value. */
  escape(plain: string): string {
    return plain.startsWith(MARK) ? this.mark(plain) : plain
  }

  /** The text, marked as plain. */
  mark(plain: string): string {
    return PLAIN + plain
  }

  /** The text that was sealed or escaped. Throws `key_missing`, or `sealed_value_broken` if it was changed or moved. */
  open(context: SealingContext, stored: string): string {
    if (!stored.startsWith(MARK)) return stored
    if (stored.startsWith(PLAIN)) return stored.slice(PLAIN.length)
    return this.openSealed(context, stored)
  }

  /** The bytes that were sealed or marked. Throws as `open` does. */
  openBytes(context: SealingContext, stored: string): Uint8Array {
    if (stored.startsWith(PLAIN)) return Buffer.from(stored.slice(PLAIN.length), 'latin1')
    return this.#bytes(context, stored)
  }

  /** The text that was sealed. Throws as `open` does, and for a plain value: Hookline did not write it. */
  openSealed(context: SealingContext, stored: string): string {
    return this.#bytes(context, stored).toString()
  }

  #bytes(context: SealingContext, stored: string): Buffer {
    const form = parseForm(stored)
    const opened =
      form === null || form.kind !== context.kind
        ? null
        : openBytes(this.#keys.find(form.keyId), form, context)
    if (opened !== null) return opened
    const what = form === null ? 'is not sealed, or is cut' : 'was changed, or was moved here'
    throw new HooklineError(
      'sealed_value_broken',
      `The stored value '${context.kind}' of ${context.path.join('/')} ${what}`,
    )
  }
}

/** Whether a text, or bytes, start like a sealed value. */
export function looksSealed(value: string | Uint8Array): boolean {
  if (typeof value === 'string') return value.startsWith(MARK)
  for (let index = 0; index < MARK.length; index++) {
    if (value[index] !== MARK.charCodeAt(index)) return false
  }
  return true
}

/** Name of the only field of a sealed record. No header has such a name. */
const FIELD = ':sealed'

type Fields = Readonly<Record<string, unknown>>

/** Seals the fields of a record as one field. */
export function sealFields(
  sealer: Sealer,
  context: SealingContext,
  fields: Fields,
): Readonly<Record<string, string>> {
  return { [FIELD]: sealer.seal(context, JSON.stringify(fields)) }
}

/** Fields that are not to be sealed. Returns the same object unless it looks like sealed fields. */
export function escapeFields<Given extends Fields>(sealer: Sealer, fields: Given): Given {
  if (!Object.hasOwn(fields, FIELD)) return fields
  return { [FIELD]: sealer.mark(JSON.stringify(fields)) } as Fields as Given
}

/** Whether the fields of a record are sealed, and not merely escaped. */
export function hasSealedFields(fields: Fields): boolean {
  const stored = fields[FIELD]
  return typeof stored === 'string' && stored.startsWith(MARK) && !stored.startsWith(PLAIN)
}

/** The fields that were sealed or escaped. Throws as `Sealer.open` does. */
export function openFields<Given extends Fields>(
  sealer: Sealer,
  context: SealingContext,
  fields: Given,
): Given {
  const stored = fields[FIELD]
  if (typeof stored !== 'string' || !looksSealed(stored)) return fields
  return parseKeepingDigits(sealer.open(context, stored)) as Given
}
