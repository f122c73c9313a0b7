import { randomFillSync } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const POOL_BYTES = 4096
const RANDOM_LENGTH = 16

const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

/** An id such as `tsk_…`: ten characters of time in milliseconds, 80 random bits; sorts by time. */
export function createId(prefix: 'dlv' | 'evt' | 'tsk', now: number = Date.now()): string {
  let time = ''
  let rest = now
  for (let index = 0; index < 10; index++) {
    time = ALPHABET.charAt(rest % 32) + time
    rest = Math.floor(rest / 32)
  }
  if (used + RANDOM_LENGTH > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  let random = ''
  for (let index = 0; index < RANDOM_LENGTH; index++) {
    random += ALPHABET.charAt((pool[used + index] ?? 0) & 31)
  }
  used += RANDOM_LENGTH
  return `${prefix}_${time}${random}`
}
