import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'
import { HooklineError } from '../errors/errors.ts'
import { decodeStrictly } from '../kit/encoding.ts'

/** A key that values are sealed with. */
export interface Key {
  /** 12 hex characters of a hash: they tell keys apart and reveal nothing about them. */
  readonly id: string
  /** 256 bits. */
  readonly secret: KeyObject
}

export const KEY_BYTES = 32
// 32 random bytes have fewer different values less than once in 10^20 keys.
const MIN_DIFFERENT_BYTES = 12
const ID_LENGTH = 12

export function toKey(bytes: Uint8Array): Key {
  const digest = hash('sha256', Buffer.concat([Buffer.from('hookline key id\0'), bytes]), 'hex')
  return { id: digest.slice(0, ID_LENGTH), secret: createSecretKey(bytes) }
}

/** A key for another purpose, which reveals nothing about the one that it is made of. Hex. */
export function derivedKey({ secret }: Key, purpose: 'term' | 'link'): string {
  return createHmac('sha256', secret).update(`hookline ${purpose} key\0`).digest('hex')
}

/** A key as text, as a key file holds it. */
export function keyText(key: Key): string {
  return key.secret.export().toString('base64')
}

/**
 * Parses the keys of a file or a variable: base64 or hex, separated by commas or line ends. Lines that start with `#`
 * are ignored. Throws `key_invalid`, whose message never holds what was given.
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
