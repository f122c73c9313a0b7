import type { CountQuery } from '../../contracts/counts.ts'
import { HooklineError } from '../../errors/errors.ts'
import { COUNT_WIDTHS } from '../../sdk/store/counts.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The longest range that is shown in buckets of each width: 180 to 400 of them. */
const MAX_RANGES_MS = [3 * HOUR_MS, 2 * DAY_MS, 15 * DAY_MS, Number.POSITIVE_INFINITY] as const

/** A range of whole buckets. Times are milliseconds since the epoch. */
export interface BucketRange {
  readonly widthSeconds: number
  /** Start of the first bucket. */
  readonly from: number
  /** End of the last bucket, which may lie ahead. */
  readonly to: number
}

/**
 * The buckets that show what is asked for: the finest that are still kept, and not too many. Throws `request_invalid` if
 * the range is empty. By default, it is the last day.
 */
export function bucketRange(
  { since, until = Number.POSITIVE_INFINITY }: { readonly since?: number; readonly until?: number },
  now: number,
): BucketRange {
  const end = Math.min(until, now)
  const start = since ?? end - DAY_MS
  if (start >= end) {
    throw new HooklineError('request_invalid', '`since` must lie before `until`, and in the past')
  }
  const kept = COUNT_WIDTHS.map(({ keptMs }) => now - keptMs)
  const level = COUNT_WIDTHS.findIndex((_, index) => {
    return end - start <= (MAX_RANGES_MS[index] ?? 0) && start >= (kept[index] ?? 0)
  })
  const { widthSeconds } = COUNT_WIDTHS.at(level) ?? COUNT_WIDTHS[0]
  const widthMs = widthSeconds * 1000
  const first = Math.max(start, kept.at(-1) ?? 0)
  const from = Math.floor(first / widthMs) * widthMs
  return { widthSeconds, from, to: Math.max(Math.ceil(end / widthMs) * widthMs, from + widthMs) }
}

/** The same range in as few buckets as there can be: wide ones, and narrower ones towards its ends. */
export function fewestBuckets({ widthSeconds, from, to }: BucketRange): CountQuery['ranges'] {
  const level = COUNT_WIDTHS.findIndex((width) => width.widthSeconds === widthSeconds)
  const next = COUNT_WIDTHS[level + 1]
  if (next === undefined) return [{ widthSeconds, from, to }]
  const nextMs = next.widthSeconds * 1000
  const [inner, outer] = [Math.ceil(from / nextMs) * nextMs, Math.floor(to / nextMs) * nextMs]
  if (inner >= outer) return [{ widthSeconds, from, to }]
  const ends = [
    { widthSeconds, from, to: inner },
    { widthSeconds, from: outer, to },
  ]
  const wide = fewestBuckets({ widthSeconds: next.widthSeconds, from: inner, to: outer })
  return [...ends.filter((end) => end.from < end.to), ...wide]
}
