import { fail } from '../errors.ts'
import { spend } from '../steps.ts'

const OFFSET = /^([-+]?)(\d\d):(\d\d)$/
/** A formatter of a time zone takes long to make. */
const NEW_ZONE_STEPS = 3000
const ZONE_STEPS = 100
const MAX_KEPT_ZONES = 50
const MAX_ZONE_LENGTH = 100
const MINUTE = 60_000

const formatters = new Map<string, Intl.DateTimeFormat>()

/** A time whose UTC is the clock of a zone: an IANA name, or an offset such as `+02:00`. */
export function inZone(time: Date, zone: string): Date {
  const offset = OFFSET.exec(zone)
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3])
    return new Date(time.getTime() + (offset[1] === '-' ? -minutes : minutes) * MINUTE)
  }
  spend(ZONE_STEPS)
  const parts = formatterOf(zone).formatToParts(time)
  const number = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  const clock = new Date(0)
  clock.setUTCFullYear(number('year'), number('month') - 1, number('day'))
  clock.setUTCHours(number('hour'), number('minute'), number('second'), time.getUTCMilliseconds())
  return clock
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const kept = formatters.get(zone)
  if (kept !== undefined) return kept
  spend(NEW_ZONE_STEPS)
  const made = newFormatter(zone)
  if (formatters.size >= MAX_KEPT_ZONES) formatters.delete(formatters.keys().next().value ?? '')
  formatters.set(zone, made)
  return made
}

function newFormatter(timeZone: string): Intl.DateTimeFormat {
  if (timeZone.length > MAX_ZONE_LENGTH) return noSuchZone()
  try {
    return new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    })
  } catch {
    return noSuchZone()
  }
}

function noSuchZone(): never {
  return fail('no_such_time_zone', 'there is no such time zone')
}
