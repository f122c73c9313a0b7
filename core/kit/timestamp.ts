import type { Verdict } from '../contracts/delivery.ts'

export type TimeUnit = 's' | 'ms'

export interface TimestampCheck {
  /** As the sender wrote it: whole seconds or milliseconds since the epoch. */
  readonly value: string
  readonly unit: TimeUnit
  /** How far it may be from now, into the past and into the future. */
  readonly toleranceSeconds: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

const UNITS = { s: 'seconds', ms: 'milliseconds' } as const
const WHOLE_NUMBER = /^\d{1,15}$/

/** Whether a signed timestamp is near enough to now. */
export function checkTimestamp({ value, unit, toleranceSeconds, now }: TimestampCheck): Verdict {
  if (!WHOLE_NUMBER.test(value)) {
    return { ok: false, reason: `timestamp is not a whole number of ${UNITS[unit]}` }
  }
  const sentAt = unit === 's' ? Number(value) * 1000 : Number(value)
  const ageSeconds = (now - sentAt) / 1000
  if (Math.abs(ageSeconds) <= toleranceSeconds) return { ok: true }
  const limit = `the limit is ${toleranceSeconds} s`
  const distance = Math.floor(Math.abs(ageSeconds))
  return ageSeconds > 0
    ? { ok: false, reason: `timestamp is ${distance} s old, ${limit}` }
    : { ok: false, reason: `timestamp is ${distance} s in the future, ${limit}` }
}

/** A time as the sender of that unit writes it. */
export function writeTimestamp(time: Date, unit: TimeUnit): string {
  return String(unit === 's' ? Math.floor(time.getTime() / 1000) : time.getTime())
}
