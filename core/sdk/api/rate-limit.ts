/** Headers with the time at which the next call is allowed, in seconds since the epoch: GitHub, then GitLab. */
const RESETS = ['x-ratelimit-reset', 'ratelimit-reset']
const REMAINING = ['x-ratelimit-remaining', 'ratelimit-remaining']
/** A reset that is further away is a mistake, or the clock of this machine is wrong. */
export const MAX_WAIT_MS = 24 * 60 * 60_000

/** Whether an answer says that there were too many calls: 429, or 403 with no calls left or with a time to wait. */
export function isRateLimited({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  if (status === 429) return true
  return status === 403 && (headers.has('retry-after') || firstNumber(headers, REMAINING) === 0)
}

/** Seconds until the next call is allowed, by `Retry-After` or by the reset of the limit; null if neither is given. */
export function waitSeconds(headers: Headers, now: number): number | null {
  const after = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(after)) return within(Number(after))
  const date = Date.parse(after)
  if (Number.isFinite(date)) return within((date - now) / 1000)
  const reset = firstNumber(headers, RESETS)
  return reset === null ? null : within(reset - now / 1000)
}

function within(seconds: number): number {
  return Math.min(MAX_WAIT_MS / 1000, Math.max(1, Math.ceil(seconds)))
}

function firstNumber(headers: Headers, names: readonly string[]): number | null {
  for (const name of names) {
    const text = headers.get(name)
    if (text !== null && /^\d{1,12}$/.test(text)) return Number(text)
  }
  return null
}
