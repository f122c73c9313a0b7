import type { CountBucket, Counts } from '../../contracts/counts.ts'
import { quantileMs } from '../../projection/durations.ts'
import { addCounts } from '../../sdk/store/counts.ts'
import {
  DELIVERY_FIGURES,
  DURATIONS,
  type DurationName,
  FIGURES,
  type FigureName,
  type FigureScope,
  listHref,
  TASK_FIGURES,
} from './measures.ts'
import type { BucketRange } from './range.ts'

/** How series are split. */
export const SPLITS = ['program', 'source', 'code'] as const

export type Split = (typeof SPLITS)[number]

/** One line of a chart. */
export interface Series {
  readonly measure: FigureName | DurationName
  /** Name of the program or source, or the error code; null: of everything. */
  readonly name: string | null
  /** The sum of the values; null for durations. */
  readonly total: number | null
  /** A value for each time. Of durations, null where nothing was measured. */
  readonly values: readonly (number | null)[]
  readonly href: string | null
}

type Sums = readonly Counts[]

/** Starts of all buckets of a range, in ms since the epoch. */
export function bucketTimes({ widthSeconds, from, to }: BucketRange): readonly number[] {
  const widthMs = widthSeconds * 1000
  return Array.from(
    { length: Math.round((to - from) / widthMs) },
    (_, index) => from + index * widthMs,
  )
}

/** The counts of each bucket of a range, in order; of several sources or programs together. */
export function countsByTime(buckets: readonly CountBucket[], range: BucketRange): Sums {
  const byTime = Map.groupBy(buckets, ({ at }) => at)
  return bucketTimes(range).map((at) => total(byTime.get(at) ?? []))
}

export function total(buckets: readonly Pick<CountBucket, 'counts'>[]): Counts {
  return buckets.reduce<Counts>((sums, { counts }) => addCounts(sums, counts), {})
}

/** Series of everything at once. */
export function wholeSeries(sums: Sums, scope: FigureScope): readonly Series[] {
  const named = { name: null, scope }
  return [
    ...[...DELIVERY_FIGURES, ...TASK_FIGURES].map((measure) =>
      figures(sums, { measure, ...named }),
    ),
    ...durations(sums, null),
  ]
}

/** Series of one program or source. */
export function seriesOf(
  split: 'program' | 'source',
  name: string,
  { sums, scope }: { readonly sums: Sums; readonly scope: FigureScope },
): readonly Series[] {
  const named = { name, scope: { ...scope, [split]: name } }
  const own = split === 'source' ? DELIVERY_FIGURES : TASK_FIGURES
  const counted = own.map((measure) => figures(sums, { measure, ...named }))
  return split === 'source' ? counted : [...counted, ...durations(sums, name)]
}

/** Series of refusals by error code. */
export function codeSeries(
  code: string,
  { sums, scope }: { readonly sums: Sums; readonly scope: FigureScope },
): Series {
  return figures(sums, { measure: 'refused', name: code, key: `refused:${code}`, scope })
}

interface FigureSeries {
  readonly measure: FigureName
  readonly name: string | null
  /** What is counted, if not the measure as a whole. */
  readonly key?: string
  readonly scope: FigureScope
}

function figures(sums: Sums, { measure, name, key = measure, scope }: FigureSeries): Series {
  const values = sums.map((counts) => counts[key] ?? 0)
  const list = FIGURES[measure]
  return {
    measure,
    name,
    total: values.reduce((sum, value) => sum + value, 0),
    values,
    href: list === null ? null : listHref(list, scope),
  }
}

function durations(sums: Sums, name: string | null): readonly Series[] {
  return Object.entries(DURATIONS).map(([measure, [prefix, quantile]]) => ({
    measure: measure as DurationName,
    name,
    total: null,
    values: sums.map((counts) => quantileMs(counts, prefix, quantile)),
    href: null,
  }))
}
