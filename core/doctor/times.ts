import type { DeliveryParts } from '../matching/received-delivery.ts'
import { REDACTED } from '../redaction/redacted.ts'
import { finding } from './finding.ts'
import type { Change } from './trials.ts'

/** A time that a delivery names. */
export interface NamedTime {
  /** As it is written. */
  readonly text: string
  readonly at: number
}

const MAX_TIMES = 12
const MAX_SKEW_MS = 20 * 365 * 86_400_000
const TIME =
  /(?<![\w.])(?:\d{10}|\d{13})(?![\w])|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})/g
const MAX_BODY_SEARCHED = 65_536
const HOUR = 3600

/** Times in the headers and then in the body; at most 12. */
export function namedTimes({ headers, body, receivedAt }: DeliveryParts): readonly NamedTime[] {
  const texts = [
    ...Object.values(headers).filter((value) => value !== undefined && value !== REDACTED),
    new TextDecoder('latin1').decode(body.subarray(0, MAX_BODY_SEARCHED)),
  ]
  const found = new Map<string, number>()
  for (const text of texts) {
    for (const [match] of (text ?? '').matchAll(TIME)) {
      const at = millisecondsOf(match)
      if (Math.abs(at - receivedAt.getTime()) <= MAX_SKEW_MS) found.set(match, at)
      if (found.size >= MAX_TIMES) return listOf(found)
    }
  }
  return listOf(found)
}

/** The clock of this machine, set to each time that the delivery names. */
export function clockChanges(parts: DeliveryParts): readonly Change[] {
  const arrivedAt = parts.receivedAt.getTime()
  return namedTimes(parts).map(({ at }) => ({
    kind: 'clock',
    now: at,
    findings: [skewFinding(Math.round((arrivedAt - at) / 1000))],
  }))
}

function skewFinding(secondsOld: number) {
  const distance = durationText(Math.abs(secondsOld))
  const hours = Math.round(Math.abs(secondsOld) / HOUR)
  const isZone = hours > 0 && hours <= 14 && Math.abs(Math.abs(secondsOld) - hours * HOUR) < 120
  const zone = isZone
    ? ' That is a whole number of hours: the sender seems to take its local time for UTC.'
    : ''
  if (secondsOld < 0) {
    const message = `The delivery was signed ${distance} after it arrived, by this machine's clock: the sender's clock is fast, or this machine's is slow.${zone}`
    return finding('clock_differs', message, {
      remedy:
        "Compare this machine's clock with an NTP server first: if deliveries of other senders are refused for their time too, it is this one; else it is the sender's.",
    })
  }
  const message = `The delivery was signed ${distance} before it arrived: the sender's clock is slow, this machine's is fast, or the delivery was held back or sent again unchanged.${zone}`
  return finding('clock_differs', message)
}

function durationText(seconds: number): string {
  if (seconds < 2 * HOUR) return `${seconds} s`
  return `${seconds} s (about ${Math.round(seconds / HOUR)} hours)`
}

function millisecondsOf(text: string): number {
  if (text.includes('T')) return Date.parse(text)
  return text.length === 10 ? Number(text) * 1000 : Number(text)
}

function listOf(found: ReadonlyMap<string, number>): readonly NamedTime[] {
  return [...found].map(([text, at]) => ({ text, at }))
}
