import type { Counts } from '../contracts/counts.ts'

/** The largest relative error of a quantile. */
const ACCURACY = 0.1
/** Each bin reaches to this many times its start, as in DDSketch (Masson, Rim, Lee 2019), so that its middle is accurate. */
const GROWTH = (1 + ACCURACY) / (1 - ACCURACY)

/** The bin of a duration. Bin 0 holds less than a millisecond. */
export function binOf(milliseconds: number): number {
  return milliseconds < 1 ? 0 : 1 + Math.ceil(Math.log(milliseconds) / Math.log(GROWTH))
}

/**
 * The quantile of durations that were counted in bins, in milliseconds: at most 10 % more or less than that of the
 * durations themselves. Null if there are none.
 *
 * @param prefix what the key of a bin begins with: `run:` or `wait:`
 * @param quantile 0.95: 95 of 100 durations were not longer
 */
export function quantileMs(counts: Counts, prefix: string, quantile: number): number | null {
  const bins = Object.entries(counts)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, count]) => ({ bin: Number(key.slice(prefix.length)), count }))
    .toSorted((one, other) => one.bin - other.bin)
  const total = bins.reduce((sum, { count }) => sum + count, 0)
  const rank = quantile * (total - 1)
  let passed = 0
  for (const { bin, count } of bins) {
    passed += count
    if (passed > rank) return middleOf(bin)
  }
  return null
}

function middleOf(bin: number): number {
  const middle = bin === 0 ? 0 : (2 * GROWTH ** (bin - 1)) / (GROWTH + 1)
  return Number(middle.toPrecision(4))
}
