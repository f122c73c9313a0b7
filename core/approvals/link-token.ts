import { createHmac } from 'node:crypto'
import { bytesEqual } from '../kit/constant-time.ts'
import { decodeStrictly } from '../kit/encoding.ts'

const DIGEST_BYTES = 32
const UNTIL_BYTES = 6
const MAC_BYTES = 32
const TOKEN_BYTES = DIGEST_BYTES + UNTIL_BYTES + MAC_BYTES

/** What a link lets its holder decide. */
export interface LinkToken {
  /** Of what is approved: `approvalDigest`. */
  readonly digest: string
  /** When the wait ends (ms since the epoch). */
  readonly until: number
}

/** The part of a link that proves it: digest, end and an HMAC-SHA-256 of both for this task alone, in base64url. */
export function makeLinkToken(key: string, taskId: string, { digest, until }: LinkToken): string {
  const end = Buffer.alloc(UNTIL_BYTES)
  end.writeUIntBE(until, 0, UNTIL_BYTES)
  const body = Buffer.concat([Buffer.from(digest, 'hex'), end])
  return Buffer.concat([body, macOf(key, taskId, body)]).toString('base64url')
}

/** What a token says, if it was made for the task with one of the keys; else null. */
export function readLinkToken(
  keys: readonly string[],
  taskId: string,
  text: string,
): LinkToken | null {
  const bytes = decodeStrictly(text, 'base64url')
  if (bytes?.byteLength !== TOKEN_BYTES) return null
  const body = bytes.subarray(0, -MAC_BYTES)
  const mac = bytes.subarray(-MAC_BYTES)
  if (!keys.some((key) => bytesEqual(macOf(key, taskId, body), mac))) return null
  return {
    digest: body.subarray(0, DIGEST_BYTES).toString('hex'),
    until: body.readUIntBE(DIGEST_BYTES, UNTIL_BYTES),
  }
}

function macOf(key: string, taskId: string, body: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${taskId}\0`).update(body).digest()
}
