import type { Verdict } from '../../contracts/delivery.ts'

/**
 * Seconds or milliseconds since the epoch, a date and time in RFC 3339 (`2026-01-15T12:00:00.123Z`), or the date of an
 * HTTP header (RFC 9110, 5.6.7: `Thu, 15 Jan 2026 12:00:00 GMT`).
 */
export type TimeUnit = 's' | 'ms' | 'rfc3339' | 'date'

export interface TimestampCheck {
  /** As the sender wrote it. */
  readonly value: string
  readonly unit: TimeUnit
  /** Maximum distance from now, into the past or the future. */
  readonly toleranceSeconds: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

const FORMS = {
  s: 'a whole number of seconds',
  ms: 'a whole number of milliseconds',
  rfc3339: 'a date and time of RFC 3339',
  date: 'a date as in the HTTP header `Date`',
} as const
const WHOLE_NUMBER = /^\d{1,15}$/
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/
const DATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun),? \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (GMT|UTC)$/

/** Checks that a signed timestamp is within the tolerance. */
export function checkTimestamp({ value, unit, toleranceSeconds, now }: TimestampCheck): Verdict {
  const sentAt = millisecondsOf(value, unit)
  if (Number.isNaN(sentAt)) return { ok: false, reason: `timestamp is not ${FORMS[unit]}` }
  const ageSeconds = (now - sentAt) / 1000
  if (Math.abs(ageSeconds) <= toleranceSeconds) return { ok: true }
  const limit = `the limit is ${toleranceSeconds} s`
  const distance = Math.floor(Math.abs(ageSeconds))
  return ageSeconds > 0
    ? { ok: false, reason: `timestamp is ${distance} s old, ${limit}` }
    : { ok: false, reason: `timestamp is ${distance} s in the future, ${limit}` }
}

/** Writes a time in that unit. */
export function writeTimestamp(time: Date, unit: TimeUnit): string {
  if (unit === 'rfc3339') return time.toISOString()
  if (unit === 'date') return time.toUTCString()
  return String(unit === 's' ? Math.floor(time.getTime() / 1000) : time.getTime())
}

function millisecondsOf(value: string, unit: TimeUnit): number {
  if (unit === 'rfc3339') return RFC3339.test(value) ? Date.parse(value) : Number.NaN
  if (unit === 'date') return DATE.test(value) ? Date.parse(value) : Number.NaN
  if (!WHOLE_NUMBER.test(value)) return Number.NaN
  return unit === 's' ? Number(value) * 1000 : Number(value)
}
