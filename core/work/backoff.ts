const MAX_EXPONENT = 52
const FIRST_STORE_RETRY_MS = 100
const LAST_STORE_RETRY_MS = 5000

export interface BackoffOptions {
  /** The attempt that has just failed, from 1. */
  readonly attempt: number
  /** Upper bound of the wait after the first attempt; doubles with each. */
  readonly backoffSeconds: number
  readonly maxBackoffSeconds: number
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
}

/**
 * Milliseconds to wait before the next attempt: anywhere between 0 and a bound that doubles, so that tasks which
 * failed together do not come back together ("full jitter" of "Exponential Backoff And Jitter", AWS Architecture Blog).
 */
export function backoffMs(options: BackoffOptions): number {
  const exponent = Math.min(Math.max(options.attempt - 1, 0), MAX_EXPONENT)
  const bound = Math.min(options.maxBackoffSeconds, options.backoffSeconds * 2 ** exponent)
  return Math.floor(options.random() * bound * 1000)
}

/** Milliseconds to wait after a number of failures of the store in a row: 100 ms, doubling, at most 5 s. */
export function storeRetryMs(failures: number): number {
  const exponent = Math.min(Math.max(failures - 1, 0), MAX_EXPONENT)
  return Math.min(LAST_STORE_RETRY_MS, FIRST_STORE_RETRY_MS * 2 ** exponent)
}
