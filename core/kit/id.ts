import { randomFillSync } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const POOL_BYTES = 4096
const COUNT_LENGTH = 5
const RANDOM_LENGTH = 11

const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES
let count = 0

/**
 * An id such as `tsk_…`: ten characters of time in milliseconds, five that count, 55 random bits. Sorts by time; within
 * a millisecond, those of one process in the order they were made.
 */
export function createId(prefix: 'dlv' | 'evt' | 'tsk', now: number = Date.now()): string {
  count = (count + 1) % 32 ** COUNT_LENGTH
  const ordered = encode(now, 10) + encode(count, COUNT_LENGTH)
  if (used + RANDOM_LENGTH > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  let random = ''
  for (let index = 0; index < RANDOM_LENGTH; index++) {
    random += ALPHABET.charAt((pool[used + index] ?? 0) & 31)
  }
  used += RANDOM_LENGTH
  return `${prefix}_${ordered}${random}`
}

function encode(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) {
    text = ALPHABET.charAt(rest % 32) + text
  }
  return text
}
