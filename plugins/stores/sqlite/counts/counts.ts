import { addCounts, toCountBucket } from '../../../../core/sdk/store/counts.ts'
import type { CountBucket } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import type { SqliteDatabase } from '../database/database.ts'

const FIND = `
  SELECT counts FROM counts WHERE kind = ? AND width = ? AND at = ? AND name = ?`
const PUT = `
  INSERT INTO counts (kind, width, at, name, counts) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (kind, width, at, name) DO UPDATE SET counts = excluded.counts`
const READ = `
  SELECT kind, width, at, name, counts FROM counts WHERE kind = ? AND width = ? AND at >= ? AND at < ?`
const OF_NAMES = 'AND name IN (SELECT value FROM json_each(?))'

/** Adds what a projection has counted. */
export function prepareCounting(
  database: SqliteDatabase,
): (buckets: readonly CountBucket[]) => void {
  const find = database.prepare(FIND)
  const put = database.prepare(PUT)
  return (buckets) => {
    for (const { kind, widthSeconds, at, name, counts } of buckets) {
      const before = find.get(kind, widthSeconds, at, name)?.['counts']
      const sums = typeof before === 'string' ? addCounts(JSON.parse(before), counts) : counts
      put.run(kind, widthSeconds, at, name, JSON.stringify(sums))
    }
  }
}

/** What was counted. */
export function createCountHandler({ database }: HandlerContext): Handlers<'counts'> {
  return {
    counts: ([{ kind, names, ranges }]) =>
      ranges.flatMap(({ widthSeconds, from, to }) => {
        const sql = `${READ} ${names === undefined ? '' : OF_NAMES} ORDER BY at, name`
        const ofNames = names === undefined ? [] : [JSON.stringify(names)]
        const found = database.prepare(sql).all(kind, widthSeconds, from, to, ...ofNames)
        return found.map(toCountBucket)
      }),
  }
}
