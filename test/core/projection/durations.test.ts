import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binOf, quantileMs } from '../../../core/projection/durations.ts'

function counted(durations: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = { accepted: 7, 'wait:3': 5 }
  for (const ms of durations) counts[`run:${binOf(ms)}`] = (counts[`run:${binOf(ms)}`] ?? 0) + 1
  return counts
}

/** The smallest duration that is at least as long as the share of all. */
function exact(durations: readonly number[], quantile: number): number {
  const sorted = durations.toSorted((one, other) => one - other)
  return sorted[Math.floor(quantile * (sorted.length - 1))] ?? Number.NaN
}

describe('quantiles of counted durations', () => {
  it('are within 10 % of those of the durations', () => {
    const duration = fc.oneof(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 700_000_000 }),
      fc.double({ min: 1, max: 1e9, noNaN: true }),
    )
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0, 0.5, 0.9, 0.95, 1),
        (durations, quantile) => {
          const found = quantileMs(counted(durations), 'run:', quantile) ?? 0
          const right = exact(durations, quantile)
          // Four digits are given.
          expect(Math.abs(found - right) / right).toBeLessThanOrEqual(0.101)
        },
      ),
    )
  })

  it('are 0 for less than a millisecond, also where a clock was set back', () => {
    expect(quantileMs(counted([0, 0.4, -5_000]), 'run:', 0.95)).toBe(0)
  })

  it('are null without durations', () => {
    expect(quantileMs(counted([]), 'run:', 0.5)).toBe(null)
  })

  it('need few bins, from a millisecond to a year', () => {
    const year = 31_536_000_000
    const bins = new Set<number>()
    for (let ms = 1; ms < year; ms *= 1.01) bins.add(binOf(ms))
    expect(bins.size).toBeLessThan(125)
  })
})
