import { createSecretKey, hash, type KeyObject } from 'node:crypto'
import { decodeStrictly } from '../encoding.ts'
import { HooklineError } from '../errors.ts'

/** A key that values are sealed with. */
export interface Key {
  /** 12 hex characters that tell keys apart and say nothing of them. */
  readonly id: string
  /** 256 bits. */
  readonly secret: KeyObject
}

export const KEY_BYTES = 32
// Of 32 random bytes, fewer differ once in more than 10^20 keys.
const MIN_DIFFERENT_BYTES = 12
const ID_LENGTH = 12

export function toKey(bytes: Uint8Array): Key {
  const digest = hash('sha256', Buffer.concat([Buffer.from('hookline key id\0'), bytes]), 'hex')
  return { id: digest.slice(0, ID_LENGTH), secret: createSecretKey(bytes) }
}

/** The text of a key in a key file. */
export function keyText(key: Key): string {
  return key.secret.export().toString('base64')
}

/**
 * Keys as a file or a variable holds them: base64 or hex, with commas or line ends between. Lines that begin with `#`
 * are left out. Throws `key_invalid`, which says where and how much was given, never what.
 */
export function parseKeys(text: string, where: string): readonly Key[] {
  const entries = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  if (entries.length === 0) throw new HooklineError('key_invalid', `${where} holds no key`)
  const keys = entries.map((entry, index) => {
    const name = entries.length === 1 ? where : `Key ${index + 1} of ${where}`
    return parseKey(entry, name)
  })
  return [...new Map(keys.map((key) => [key.id, key])).values()]
}

function parseKey(text: string, name: string): Key {
  const bytes = decodeKey(text)
  if (bytes === null) {
    throw new HooklineError(
      'key_invalid',
      `${name} is not ${KEY_BYTES} bytes in base64 or hex: it has ${text.length} characters`,
    )
  }
  if (new Set(bytes).size < MIN_DIFFERENT_BYTES) {
    throw new HooklineError('key_invalid', `${name} is not random: its bytes repeat`)
  }
  return toKey(bytes)
}

function decodeKey(text: string): Buffer | null {
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    const bytes = decodeStrictly(text, encoding)
    if (bytes?.byteLength === KEY_BYTES) return bytes
  }
  return null
}
