import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const FORM = /^hkl_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/

/**
 * A new token: `hkl_`, 256 random bits, and a checksum (CRC-32), so that a scanner for leaked secrets knows one when it
 * sees one. Nobody can guess it.
 */
export function createToken(): string {
  const random = randomBytes(32).toString('base64url')
  return `hkl_${random}${checksum(random)}`
}

/** Whether a text has the form of `createToken`. One that a person chose has not. */
export function hasTokenForm(text: string): boolean {
  const [, random = '', sum] = FORM.exec(text) ?? []
  return checksum(random) === sum
}

/** What is kept of a token or of a session's secret: SHA-256. Both are random, so that no salt is needed. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

function checksum(random: string): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(random))
  return bytes.toString('base64url')
}
