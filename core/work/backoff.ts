const MAX_EXPONENT = 52

export interface BackoffOptions {
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number
  /** Upper bound of the wait after the first attempt. Doubles with each further attempt. */
  readonly backoffSeconds: number
  readonly maxBackoffSeconds: number
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number
}

/**
 * Milliseconds to wait before the next attempt: random between 0 and a bound that doubles, so that tasks that failed
 * at the same time are not retried at the same time ("full jitter" in "Exponential Backoff And Jitter", AWS Architecture
 * Blog).
 */
export function backoffMs(options: BackoffOptions): number {
  const exponent = Math.min(Math.max(options.attempt - 1, 0), MAX_EXPONENT)
  const bound = Math.min(options.maxBackoffSeconds, options.backoffSeconds * 2 ** exponent)
  return Math.floor(options.random() * bound * 1000)
}
