import { parseAddress } from '../../kit/address-ranges.ts'

const WINDOW_MS = 60_000
const MAX_ADDRESSES = 10_000
const EVERYWHERE = 10

/** Counts failed tries per address and of all addresses together: so many within a minute, and it takes no more. */
export class Throttle {
  readonly #clock: () => number
  /** Times of the newest failures of each address, the address that failed last at the end. */
  readonly #failures = new Map<string, readonly number[]>()
  #all: number[] = []

  /** @param clock Milliseconds that never go back. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
  }

  /**
   * Seconds until it takes a try from this address again; 0 where it does. `maxFailures` is per address; all together
   * may have ten times as many.
   */
  waitSeconds(address: string | null, maxFailures: number): number {
    const now = this.#clock()
    const own = this.#failures.get(keyOf(address)) ?? []
    const waitMs = Math.max(
      waitOf(own, maxFailures, now),
      waitOf(this.#all, maxFailures * EVERYWHERE, now),
    )
    return Math.ceil(waitMs / 1000)
  }

  /** Counts a failed try. */
  failed(address: string | null, maxFailures: number): void {
    const key = keyOf(address)
    const now = this.#clock()
    const own = [...(this.#failures.get(key) ?? []), now].slice(-maxFailures)
    this.#failures.delete(key)
    this.#failures.set(key, own)
    this.#all = [...this.#all, now].slice(-maxFailures * EVERYWHERE)
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest)
  }
}

function waitOf(times: readonly number[], max: number, now: number): number {
  const first = times.at(-max)
  return first === undefined ? 0 : Math.max(0, first + WINDOW_MS - now)
}

// Whoever has one IPv6 address has the 2^64 of its network.
function keyOf(address: string | null): string {
  const parsed = address === null ? null : parseAddress(address)
  if (parsed === null) return 'unknown'
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex')
}
