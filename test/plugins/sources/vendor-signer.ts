import { type BinaryToTextEncoding, createHmac } from 'node:crypto'

type Piece = string | Uint8Array

/** An HMAC as a vendor's document describes it, made without the code under test. */
export function macOf(
  algorithm: 'sha1' | 'sha256',
  secret: string,
  encoding: BinaryToTextEncoding,
): (...pieces: readonly Piece[]) => string {
  return (...pieces) => {
    const mac = createHmac(algorithm, secret)
    for (const piece of pieces) mac.update(piece)
    return mac.digest(encoding)
  }
}

/** Vendors' libraries take text: null where the bytes are none, or empty. */
export function textOf(body: Uint8Array): string | null {
  const text = Buffer.from(body).toString()
  return text !== '' && Buffer.from(text).equals(body) ? text : null
}

/** Whole seconds since the epoch. */
export function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}
