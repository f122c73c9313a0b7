import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketRange, fewestBuckets } from '../../../../core/api/stats/range.ts'
import { bucketTimes } from '../../../../core/api/stats/series.ts'
import { COUNT_WIDTHS } from '../../../../core/sdk/store/counts.ts'

const NOW = Date.parse('2026-03-04T05:06:07.890Z')
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('the buckets of a range', () => {
  it.each([
    ['the last hour', HOUR_MS, 60, 61],
    ['three hours', 3 * HOUR_MS, 60, 181],
    ['the last day', DAY_MS, 900, 97],
    ['two days', 2 * DAY_MS, 900, 193],
    ['the last week', 7 * DAY_MS, 7_200, 85],
    ['a quarter', 89 * DAY_MS, 86_400, 90],
    ['more than is kept', 1_000 * DAY_MS, 86_400, 401],
  ])('of %s', (_, ms, widthSeconds, count) => {
    const range = bucketRange({ since: NOW - ms }, NOW)
    expect(range.widthSeconds).toBe(widthSeconds)
    expect(bucketTimes(range)).toHaveLength(count)
  })

  it('is the last day by default, or the day before its end', () => {
    expect(bucketRange({}, NOW)).toEqual(bucketRange({ since: NOW - DAY_MS }, NOW))
    const until = NOW - DAY_MS
    expect(bucketRange({ until }, NOW).from).toBe(Date.parse('2026-03-02T05:00:00Z'))
  })

  it('are those that are still kept: an hour of last week in quarters of an hour', () => {
    const since = NOW - 7 * DAY_MS
    expect(bucketRange({ since, until: since + HOUR_MS }, NOW)).toEqual({
      widthSeconds: 900,
      from: Date.parse('2026-02-25T05:00:00Z'),
      to: Date.parse('2026-02-25T06:15:00Z'),
    })
  })

  it('end now where they would end later', () => {
    expect(bucketRange({ since: NOW - HOUR_MS, until: NOW + DAY_MS }, NOW).to).toBe(
      Date.parse('2026-03-04T05:07:00Z'),
    )
  })

  it.each([
    ['since after until', { since: NOW - 1, until: NOW - 2 }],
    ['since at until', { since: NOW - 2, until: NOW - 2 }],
    ['since in the future', { since: NOW + 1 }],
  ])('are refused: %s', (_, asked) => {
    expect(() => bucketRange(asked, NOW)).toThrow('`since` must lie before `until`')
  })

  it('are the same time in as few buckets as there can be', () => {
    const time = fc.integer({ min: NOW - 500 * DAY_MS, max: NOW - 1 })
    fc.assert(
      fc.property(time, time, (one, other) => {
        fc.pre(one !== other)
        const asked = { since: Math.min(one, other), until: Math.max(one, other) }
        fc.pre(asked.until > NOW - 400 * DAY_MS)
        const range = bucketRange(asked, NOW)
        const parts = fewestBuckets(range).toSorted((part, next) => part.from - next.from)
        let at = range.from
        for (const part of parts) {
          expect(part.from).toBe(at)
          expect(part.to).toBeGreaterThan(part.from)
          for (const edge of [part.from, part.to]) expect(edge % (part.widthSeconds * 1000)).toBe(0)
          expect(COUNT_WIDTHS.map(({ widthSeconds }) => widthSeconds)).toContain(part.widthSeconds)
          at = part.to
        }
        expect(at).toBe(range.to)
        const count = parts.reduce((sum, { from, to, widthSeconds }) => {
          return sum + (to - from) / (widthSeconds * 1000)
        }, 0)
        expect(count).toBeLessThanOrEqual(bucketTimes(range).length)
      }),
    )
  })
})
