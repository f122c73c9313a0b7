import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../../core/work/backoff.ts'

describe('backoffMs', () => {
  it.each([
    // attempt, backoffSeconds, maxBackoffSeconds, random, expected ms
    [1, 5, 600, 0, 0],
    [1, 5, 600, 0.5, 2500],
    [1, 5, 600, 0.999_999, 4999],
    [2, 5, 600, 0.5, 5000],
    [3, 5, 600, 0.5, 10_000],
    [8, 5, 600, 0.5, 300_000],
    [2000, 5, 600, 0.5, 300_000],
    [3, 5, 8, 0.5, 4000],
    [1, 20, 8, 0.5, 4000],
    [2000, 0, 600, 0.5, 0],
    [2, 0.25, 600, 0.5, 250],
  ])(
    'attempt %d, from %d s up to %d s, random %d: %d ms',
    (attempt, backoffSeconds, maxBackoffSeconds, random, expected) => {
      const wait = backoffMs({ attempt, backoffSeconds, maxBackoffSeconds, random: () => random })
      expect(wait).toBe(expected)
    },
  )
})
