import type { CountBucket, CountStore, Counts } from '../../contracts/counts.ts'
import type { ProgramBacklog } from '../../contracts/retention.ts'
import { isoTime } from '../iso-time.ts'
import {
  DELIVERY_FIGURES,
  type FigureScope,
  figure,
  listHref,
  percentiles,
  successRate,
  TASK_FIGURES,
} from './measures.ts'
import { type BucketRange, fewestBuckets } from './range.ts'
import {
  bucketTimes,
  codeSeries,
  countsByTime,
  type Series,
  type Split,
  seriesOf,
  total,
  wholeSeries,
} from './series.ts'

/** Programs, sources or codes that are split. A chart with more lines cannot be read. */
const MAX_NAMES = 12

export interface StatsAsked {
  readonly range: BucketRange
  /** Absent: up to now. */
  readonly until?: number
  readonly by?: Split
}

interface Read {
  readonly store: Pick<CountStore, 'counts'>
  readonly backlog: () => Promise<readonly ProgramBacklog[]>
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Counts over time, as `GET /api/stats` answers them. */
export async function readStats(asked: StatsAsked, { store, backlog, now }: Read) {
  const { range, until, by } = asked
  const [everything, programs, sources, waiting] = await Promise.all([
    store.counts({ kind: 'all', ranges: [range] }),
    store.counts({ kind: 'program', ranges: fewestBuckets(range) }),
    store.counts({ kind: 'source', ranges: fewestBuckets(range) }),
    backlog(),
  ])
  const scope: FigureScope = {
    since: isoTime(range.from),
    ...(until === undefined ? {} : { until: isoTime(until) }),
  }
  const sums = countsByTime(everything, range)
  const all = sums.reduce<Counts>((one, other) => total([{ counts: one }, { counts: other }]), {})
  const byProgram = totals(programs)
  const bySource = totals(sources)
  const split = await splitSeries({ asked, sums, all, byProgram, bySource, scope, store })
  return {
    since: isoTime(range.from),
    until: isoTime(until ?? now),
    widthSeconds: range.widthSeconds,
    by: by ?? null,
    times: bucketTimes(range).map((at) => at / 1000),
    ...split,
    totals: {
      ...figures(DELIVERY_FIGURES, all, scope),
      ...figures(TASK_FIGURES, all, scope),
    },
    successRate: successRate(all),
    run: percentiles(all, 'run:'),
    wait: percentiles(all, 'wait:'),
    sources: [...bySource].map(([source, counts]) => ({
      source,
      ...figures(DELIVERY_FIGURES, counts, { ...scope, source }),
      refusedBy: refusedBy(counts),
    })),
    programs: programRows(byProgram, { waiting, scope, now }),
    queue: queueView(waiting, now),
  }
}

interface Splitting {
  readonly asked: StatsAsked
  readonly sums: readonly Counts[]
  readonly all: Counts
  readonly byProgram: ReadonlyMap<string, Counts>
  readonly bySource: ReadonlyMap<string, Counts>
  readonly scope: FigureScope
  readonly store: Pick<CountStore, 'counts'>
}

async function splitSeries(
  given: Splitting,
): Promise<{ readonly series: readonly Series[]; readonly moreNames: number }> {
  const { asked, sums, all, byProgram, bySource, scope, store } = given
  const { by, range } = asked
  if (by === undefined) return { series: wholeSeries(sums, scope), moreNames: 0 }
  if (by === 'code') {
    const codes = mostOf(new Map(Object.entries(refusedBy(all))))
    const series = codes.names.map((code) => codeSeries(code, { sums, scope }))
    return { series, moreNames: codes.more }
  }
  const sizes = [...(by === 'program' ? byProgram : bySource)].map(([name, counts]) => {
    return [name, sizeOf(by, counts)] as const
  })
  const { names, more } = mostOf(new Map(sizes))
  const buckets = await store.counts({ kind: by, names, ranges: [range] })
  const ofName = Map.groupBy(buckets, ({ name }) => name)
  const series = names.flatMap((name) => {
    return seriesOf(by, name, { sums: countsByTime(ofName.get(name) ?? [], range), scope })
  })
  return { series, moreNames: more }
}

/** The names with the largest numbers, first the largest. */
function mostOf(sizes: ReadonlyMap<string, number>) {
  const sorted = [...sizes]
    .toSorted(([name, one], [next, other]) => other - one || (name < next ? -1 : 1))
    .map(([name]) => name)
  return { names: sorted.slice(0, MAX_NAMES), more: Math.max(0, sorted.length - MAX_NAMES) }
}

function sizeOf(by: 'program' | 'source', counts: Counts): number {
  const own = by === 'source' ? DELIVERY_FIGURES : TASK_FIGURES
  return own.reduce((sum, key) => sum + (counts[key] ?? 0), 0)
}

/** By name, in the order of names. */
function totals(buckets: readonly CountBucket[]): ReadonlyMap<string, Counts> {
  const byName = [...Map.groupBy(buckets, ({ name }) => name)]
  return new Map(
    byName
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, found]) => [name, total(found)]),
  )
}

function figures<Name extends (typeof DELIVERY_FIGURES)[number] | (typeof TASK_FIGURES)[number]>(
  names: readonly Name[],
  counts: Counts,
  scope: FigureScope,
) {
  return Object.fromEntries(
    names.map((name) => [name, figure(name, counts[name] ?? 0, scope)]),
  ) as Record<Name, ReturnType<typeof figure>>
}

function refusedBy(counts: Counts): Readonly<Record<string, number>> {
  const prefix = 'refused:'
  const refused = Object.entries(counts).filter(([key]) => key.startsWith(prefix))
  return Object.fromEntries(refused.map(([key, count]) => [key.slice(prefix.length), count]))
}

interface Queue {
  readonly waiting: readonly ProgramBacklog[]
  readonly scope: FigureScope
  readonly now: number
}

function programRows(byProgram: ReadonlyMap<string, Counts>, { waiting, scope, now }: Queue) {
  const queued = new Map(waiting.map((row) => [row.program, row]))
  const names = [...new Set([...byProgram.keys(), ...queued.keys()])].toSorted()
  return names.map((program) => {
    const counts = byProgram.get(program) ?? {}
    const row = queued.get(program) ?? { waiting: 0, running: 0, oldestDueAt: null }
    return {
      program,
      ...figures(TASK_FIGURES, counts, { ...scope, program }),
      successRate: successRate(counts),
      run: percentiles(counts, 'run:'),
      wait: percentiles(counts, 'wait:'),
      ...stateNow(row, { program, now }),
    }
  })
}

/** What waits and runs now, of all programs. */
function queueView(waiting: readonly ProgramBacklog[], now: number) {
  const due = waiting.flatMap(({ oldestDueAt }) => (oldestDueAt === null ? [] : [oldestDueAt]))
  const sum = (key: 'waiting' | 'running') => waiting.reduce((all, row) => all + row[key], 0)
  const row = { waiting: sum('waiting'), running: sum('running') }
  return stateNow({ ...row, oldestDueAt: due.length === 0 ? null : Math.min(...due) }, { now })
}

function stateNow(
  { waiting, running, oldestDueAt }: Omit<ProgramBacklog, 'program'>,
  { program, now }: { readonly program?: string; readonly now: number },
) {
  const scope = program === undefined ? {} : { program }
  return {
    waiting: { value: waiting, href: listHref('/api/tasks?state=waiting', scope) },
    running: { value: running, href: listHref('/api/tasks?state=running', scope) },
    oldestDueAt: isoTime(oldestDueAt),
    // A task that is due later is not late.
    lateSeconds: oldestDueAt === null ? 0 : Math.max(0, Math.floor((now - oldestDueAt) / 1000)),
  }
}

export type StatsView = Awaited<ReturnType<typeof readStats>>
