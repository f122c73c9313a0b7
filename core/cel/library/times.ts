import { fail } from '../errors.ts'
import { type CelFunction, define } from '../functions.ts'
import { durationOf, timeOf } from '../time-range.ts'
import type { Duration } from '../values.ts'
import { inZone } from './time-zones.ts'

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([-+])(\d\d):(\d\d))$/i
const SECOND = 1_000_000_000n
const MINUTE = 60n * SECOND
const HOUR = 60n * MINUTE
const DAY_MILLIS = 86_400_000
const UNITS: Readonly<Record<string, bigint>> = {
  h: HOUR,
  m: MINUTE,
  s: SECOND,
  ms: 1_000_000n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ns: 1n,
}
const DURATION_PART = /(\d*)(?:\.(\d*))?(h|ms|m|s|us|µs|μs|ns)/gy

/** Reads RFC 3339. */
function parseTime(text: string): Date {
  const match = TIME.exec(text)
  if (match === null) return invalidTime()
  const [, year, month, day, hours, minutes, seconds, fraction = '', sign, zoneHours, zoneMinutes] =
    match
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  const isDay = date.getUTCDate() === Number(day)
  const isClock = Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60
  if (!isDay || !isClock) return invalidTime()
  const zone = (BigInt(zoneHours ?? 0) * 60n + BigInt(zoneMinutes ?? 0)) * (sign === '-' ? -1n : 1n)
  const clock = BigInt(hours ?? 0) * HOUR + (BigInt(minutes ?? 0) - zone) * MINUTE
  const below = BigInt(seconds ?? 0) * SECOND + BigInt(fraction.padEnd(9, '0'))
  return timeOf(BigInt(date.getTime()) * 1_000_000n + clock + below)
}

function invalidTime(): never {
  return fail('invalid_timestamp', 'the text is no time as RFC 3339 has it')
}

/** Reads what Go calls a duration: `1h30m`, `-1.5s`. https://pkg.go.dev/time#ParseDuration */
function parseDuration(text: string): Duration {
  const size = text.replace(/^[-+]/, '')
  if (size === '0') return durationOf(0n)
  if (size === '') return invalidDuration()
  let nanos = 0n
  let at = 0
  for (const [part, whole = '', fraction = '', unit = ''] of size.matchAll(DURATION_PART)) {
    if (whole === '' && fraction === '') return invalidDuration()
    const scale = UNITS[unit] ?? 0n
    const digits = fraction.slice(0, 18)
    nanos +=
      BigInt(whole || 0) * scale + (BigInt(digits || 0) * scale) / 10n ** BigInt(digits.length)
    at += part.length
  }
  if (at < size.length) return invalidDuration()
  return durationOf(text.startsWith('-') ? -nanos : nanos)
}

function invalidDuration(): never {
  return fail('invalid_duration', 'the text is no duration such as 1h30m')
}

function dayOfYear(time: Date): number {
  const first = new Date(time)
  first.setUTCMonth(0, 1)
  return Math.round((time.getTime() - first.getTime()) / DAY_MILLIS)
}

/** The part of a time in UTC, and in a time zone. The result is for the example below. */
function part(
  name: string,
  of: (time: Date) => number,
  results: readonly [string, string],
): readonly CelFunction[] {
  const example = `timestamp('2026-03-04T22:06:07.008Z').${name}`
  const inUtc = (time: Date) => BigInt(of(time))
  return [
    define(`timestamp.${name}(): int`, [`${example}()`, results[0]], inUtc),
    define(
      `timestamp.${name}(string): int`,
      [`${example}('Europe/Berlin')`, results[1]],
      (time: Date, zone: string) => inUtc(inZone(time, zone)),
    ),
  ]
}

/** https://github.com/google/cel-spec/blob/master/doc/langdef.md#timestamp-and-duration */
export const TIME_FUNCTIONS = [
  define(
    'timestamp(string): timestamp',
    ["timestamp('2026-01-02T03:04:05Z').getFullYear()", '2026'],
    parseTime,
  ),
  define(
    'timestamp(int): timestamp',
    ['string(timestamp(0))', "'1970-01-01T00:00:00Z'"],
    (seconds: bigint) => timeOf(seconds * SECOND),
  ),
  define(
    'timestamp(timestamp): timestamp',
    ['timestamp(timestamp(0)) == timestamp(0)', 'true'],
    (time: Date) => time,
  ),
  define(
    'duration(string): duration',
    ["string(duration('1h30m'))", "'5400s'"],
    parseDuration,
    digitsCost,
  ),
  define(
    'duration(duration): duration',
    ["duration(duration('1m')) == duration('60s')", 'true'],
    (duration: Duration) => duration,
  ),
  ...part('getFullYear', (time) => time.getUTCFullYear(), ['2026', '2026']),
  ...part('getMonth', (time) => time.getUTCMonth(), ['2', '2']),
  ...part('getDate', (time) => time.getUTCDate(), ['4', '4']),
  ...part('getDayOfMonth', (time) => time.getUTCDate() - 1, ['3', '3']),
  ...part('getDayOfWeek', (time) => time.getUTCDay(), ['3', '3']),
  ...part('getDayOfYear', dayOfYear, ['62', '62']),
  ...part('getHours', (time) => time.getUTCHours(), ['22', '23']),
  ...part('getMinutes', (time) => time.getUTCMinutes(), ['6', '6']),
  ...part('getSeconds', (time) => time.getUTCSeconds(), ['7', '7']),
  ...part('getMilliseconds', (time) => time.getUTCMilliseconds(), ['8', '8']),
  define(
    'duration.getHours(): int',
    ["duration('90m').getHours()", '1'],
    ({ nanos }: Duration) => nanos / HOUR,
  ),
  define(
    'duration.getMinutes(): int',
    ["duration('90m').getMinutes()", '90'],
    ({ nanos }: Duration) => nanos / MINUTE,
  ),
  define(
    'duration.getSeconds(): int',
    ["duration('90m').getSeconds()", '5400'],
    ({ nanos }: Duration) => nanos / SECOND,
  ),
  define(
    'duration.getMilliseconds(): int',
    ["duration('1.25s').getMilliseconds()", '250'],
    ({ nanos }: Duration) => (nanos / 1_000_000n) % 1000n,
  ),
]

/** The engine takes quadratic time to read a long number. */
function digitsCost(text: string): number {
  return text.length ** 2 / 1000
}
