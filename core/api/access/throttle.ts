import { parseAddress } from '../../kit/address-ranges.ts'

const WINDOW_MS = 60_000
const MAX_ADDRESSES = 10_000
/** All addresses together may fail this many times as often as one. */
const ALL_ADDRESSES_FACTOR = 10

/** Limits failed attempts within a minute, per address and of all addresses together. */
export class Throttle {
  readonly #clock: () => number
  /** Times of the newest failures by address. The address that failed last is at the end. */
  readonly #failures = new Map<string, readonly number[]>()
  #all: number[] = []

  /** @param clock Milliseconds; monotonic. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
  }

  /**
   * Seconds until the next attempt from this address is allowed; 0 if it is allowed now. `maxFailures` is the limit
   * per address; all addresses together may fail ten times as often.
   */
  waitSeconds(address: string | null, maxFailures: number): number {
    const now = this.#clock()
    const own = this.#failures.get(keyOf(address)) ?? []
    const waitMs = Math.max(
      waitOf(own, maxFailures, now),
      waitOf(this.#all, maxFailures * ALL_ADDRESSES_FACTOR, now),
    )
    return Math.ceil(waitMs / 1000)
  }

  /** Counts a failed attempt. */
  failed(address: string | null, maxFailures: number): void {
    const key = keyOf(address)
    const now = this.#clock()
    const own = [...(this.#failures.get(key) ?? []), now].slice(-maxFailures)
    this.#failures.delete(key)
    this.#failures.set(key, own)
    this.#all = [...this.#all, now].slice(-maxFailures * ALL_ADDRESSES_FACTOR)
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest)
  }
}

function waitOf(times: readonly number[], max: number, now: number): number {
  const first = times.at(-max)
  return first === undefined ? 0 : Math.max(0, first + WINDOW_MS - now)
}

// A caller with one IPv6 address controls its whole /64 network.
function keyOf(address: string | null): string {
  const parsed = address === null ? null : parseAddress(address)
  if (parsed === null) return 'unknown'
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex')
}
