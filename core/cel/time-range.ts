import { fail } from './errors.ts'
import { Duration, nanosOfTime, timeOfNanos } from './values.ts'

const FIRST_TIME = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1_000_000n
const LAST_TIME = BigInt(Date.parse('9999-12-31T23:59:59.999Z')) * 1_000_000n + 999_999n
/** As in Go, nanoseconds are 64 bits: about 292 years. */
const MAX_NANOS = 2n ** 63n - 1n

/** Throws for a duration that is too long. */
export function durationOf(nanos: bigint): Duration {
  if (nanos <= MAX_NANOS && nanos >= -MAX_NANOS - 1n) return new Duration(nanos)
  return fail(
    'duration_out_of_range',
    'a duration is longer than 292 years, so it is too far from now',
  )
}

/** Throws for a time that is not in the years 1 to 9999. */
export function timeOf(nanos: bigint): Date {
  if (nanos >= FIRST_TIME && nanos <= LAST_TIME) return timeOfNanos(nanos)
  return fail(
    'timestamp_out_of_range',
    'a time is too far from now: it is not in the years 1 to 9999',
  )
}

export function timeAfter(time: Date, duration: Duration): Date {
  return timeOf(nanosOfTime(time) + duration.nanos)
}
