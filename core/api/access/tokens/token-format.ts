import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const FORMAT = /^hkl_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/

/**
 * A new token: `hkl_`, 256 random bits and a CRC-32 checksum. Prefix and checksum let scanners for leaked secrets
 * recognise it.
 */
export function createToken(): string {
  const random = randomBytes(32).toString('base64url')
  return `hkl_${random}${checksum(random)}`
}

/** Whether a text has the format of `createToken`, unlike a token that a person chose. */
export function hasTokenFormat(text: string): boolean {
  const [, random = '', sum] = FORMAT.exec(text) ?? []
  return checksum(random) === sum
}

/** SHA-256 of a token or of a session's secret, which the store keeps. Both are random, so that no salt is needed. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

function checksum(random: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(random))
  return bytes.toString('base64url')
}
