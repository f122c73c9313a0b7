import { z } from 'zod'

const AGO = /^(\d{1,6})([smhdw])$/
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/

/** A time as people give it. Its value is in milliseconds since the epoch. */
export const moment = z
  .string()
  .transform((text, context) => {
    const time = parseMoment(text, Date.now())
    if (time !== null) return time
    const message = 'must be a time such as 2026-01-31T12:00:00Z, or a time ago such as 1h or 7d'
    context.issues.push({ code: 'custom', message, input: text })
    return z.NEVER
  })
  .describe('ISO 8601, such as `2026-01-31T12:00:00Z`, or how long ago: `90s`, `15m`, `1h`, `7d`.')

/** Null if the text is neither a time in ISO 8601, with its zone, nor a duration. A date begins at midnight in UTC. */
export function parseMoment(text: string, now: number): number | null {
  const [, count, unit] = AGO.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
  const time = ISO.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? null : time
}
