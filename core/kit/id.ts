const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const POOL_BYTES = 4096
const TIME_LENGTH = 10
/** The last time that ids can have. */
const MAX_TIME = 32 ** TIME_LENGTH - 1
const COUNT_LENGTH = 5
const RANDOM_LENGTH = 11

const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES
let count = 0
let lastTime = -1
let lastTimeText = ''

/**
 * Makes an id such as `tsk_…`: ten characters of time in milliseconds, five of a counter, 55 random bits. Ids sort by
 * time; within a millisecond, ids of one process sort in the order they were made. About a hundred times as fast as
 * `ulid` when the millisecond changes.
 */
export function createId(prefix: 'dlv' | 'evt' | 'tsk' | 'job', now: number = Date.now()): string {
  count = (count + 1) % 32 ** COUNT_LENGTH
  if (now !== lastTime) {
    lastTime = now
    lastTimeText = encode(now, TIME_LENGTH)
  }
  const ordered = lastTimeText + encode(count, COUNT_LENGTH)
  if (used + RANDOM_LENGTH > POOL_BYTES) {
    // At first use: the thread of a store makes none.
    process.getBuiltinModule('node:crypto').randomFillSync(pool)
    used = 0
  }
  let random = ''
  for (let index = 0; index < RANDOM_LENGTH; index++) {
    random += ALPHABET.charAt((pool[used + index] ?? 0) & 31)
  }
  used += RANDOM_LENGTH
  return `${prefix}_${ordered}${random}`
}

/** Sorts before every id of this kind that is made at this time or later, and after all earlier ones. */
export function firstIdAt(prefix: 'dlv' | 'tsk', time: number): string {
  return `${prefix}_${encode(Math.min(Math.max(Math.ceil(time), 0), MAX_TIME), TIME_LENGTH)}`
}

function encode(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) {
    text = ALPHABET.charAt(rest % 32) + text
  }
  return text
}
