import type {
  CountBucket,
  Counts,
  Death,
  ErrorFilter,
  ErrorGroup,
  ErrorPage,
} from '../../contracts/counts.ts'
import { pageSize } from './pages.ts'
import type { StoreRow } from './rows.ts'

const DAY_MS = 86_400_000

/** The widths in which everything is counted, and how long. Each is a multiple of the one before. */
export const COUNT_WIDTHS = [
  { widthSeconds: 60, keptMs: 2 * DAY_MS },
  { widthSeconds: 900, keptMs: 15 * DAY_MS },
  { widthSeconds: 7_200, keptMs: 90 * DAY_MS },
  { widthSeconds: 86_400, keptMs: 400 * DAY_MS },
] as const

/** A group without dead tasks is forgotten so long after the last death. Until then, it knows when it was first seen. */
const GROUP_KEPT_MS = 90 * DAY_MS

/** What goes at a time: buckets that began before `before`, by width, and groups of which no task is dead. */
export function countTerms(now: number) {
  return {
    buckets: COUNT_WIDTHS.map(({ widthSeconds, keptMs }) => {
      return { widthSeconds, before: now - keptMs - widthSeconds * 1000 }
    }),
    groupsBefore: now - GROUP_KEPT_MS,
  }
}

/** The sums of both. */
export function addCounts(one: Counts, other: Counts): Counts {
  const sums: Record<string, number> = { ...one }
  for (const [key, count] of Object.entries(other)) sums[key] = (sums[key] ?? 0) + count
  return sums
}

/** Reads the row of a bucket. */
export function toCountBucket(row: StoreRow): CountBucket {
  return {
    widthSeconds: row['width'] as number,
    at: row['at'] as number,
    kind: row['kind'] as CountBucket['kind'],
    name: row['name'] as string,
    counts: JSON.parse(row['counts'] as string),
  }
}

/** The groups of deaths, in the order of their ids. None of the tasks is counted yet. */
export function groupsOf(deaths: readonly Death[]): readonly Omit<ErrorGroup, 'count'>[] {
  const groups = new Map<string, Omit<ErrorGroup, 'count'>>()
  for (const { group: id, program, reason, at, taskId } of deaths) {
    const { firstAt, lastAt, lastTask } = groups.get(id) ?? {
      firstAt: at,
      lastAt: at,
      lastTask: taskId,
    }
    groups.set(id, {
      ...{ id, program, reason },
      firstAt: Math.min(firstAt, at),
      lastAt: Math.max(lastAt, at),
      lastTask: at >= lastAt ? taskId : lastTask,
    })
  }
  return [...groups.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

/** The query for a page of groups, with a `?` for each value. */
export function toErrorQuery({ program, since, after, limit }: ErrorFilter) {
  const [afterAt, afterId] = readCursor(after)
  const conditions = [
    ['program = ?', program],
    ['last_at >= ?', since],
    ['(last_at, id) < (?, ?)', afterAt, afterId],
  ] as const
  const given = conditions.filter(([, value]) => value !== undefined)
  const size = pageSize(limit)
  return {
    sql: `SELECT id, program, reason, count, first_at, last_at, last_task FROM error_groups
      WHERE ${['count > 0', ...given.map(([sql]) => sql)].join(' AND ')}
      ORDER BY last_at DESC, id DESC LIMIT ?`,
    values: [...given.flatMap(([, ...values]) => values), size + 1] as (string | number)[],
    size,
  }
}

/**
 * Reads the rows of `toErrorQuery`.
 *
 * @param readText undoes what the store does to the text of a reason before it is written
 */
export function toErrorPage(
  rows: readonly StoreRow[],
  size: number,
  readText: (text: string) => string = (text) => text,
): ErrorPage {
  const groups = rows.slice(0, size).map((row) => ({
    id: row['id'] as string,
    program: row['program'] as string,
    reason: readText(row['reason'] as string),
    count: row['count'] as number,
    firstAt: row['first_at'] as number,
    lastAt: row['last_at'] as number,
    lastTask: row['last_task'] as string,
  }))
  const end = groups.at(-1)
  return { groups, next: rows.length > size && end ? `${end.lastAt}.${end.id}` : null }
}

/** A cursor that no page gave begins at the first group. */
function readCursor(after: string | undefined): readonly [number, string] | readonly [] {
  const [, at, id] = /^(\d{1,15})\.(.*)$/s.exec(after ?? '') ?? []
  return at === undefined || id === undefined ? [] : [Number(at), id]
}
