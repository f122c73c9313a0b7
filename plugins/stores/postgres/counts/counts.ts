import {
  addCounts,
  type CountBucket,
  type CountQuery,
  toCountBucket,
} from '../../../../core/sdk/store.ts'
import type { Session } from '../database/database.ts'

const GIVEN = `
  json_to_recordset($1::json) AS r (kind text, width integer, at bigint, name text, counts text)`
const FIND = `
  SELECT c.kind, c.width, c.at, c.name, c.counts FROM ${GIVEN}
  JOIN counts c ON c.kind = r.kind AND c.width = r.width AND c.at = r.at AND c.name = r.name`
const PUT = `
  INSERT INTO counts (kind, width, at, name, counts)
  SELECT r.kind, r.width, r.at, r.name, r.counts FROM ${GIVEN}
  ON CONFLICT (kind, width, at, name) DO UPDATE SET counts = excluded.counts`
const READ = `
  SELECT kind, width, at, name, counts FROM counts
  WHERE kind = $1 AND width = $2 AND at >= $3 AND at < $4 AND ($5::text[] IS NULL OR name = ANY ($5))
  ORDER BY at, name`

/** Adds what a projection has counted. No other projection may be in progress. */
export async function addToCounts(
  session: Session,
  buckets: readonly CountBucket[],
): Promise<void> {
  if (buckets.length === 0) return
  const rows = buckets.map((bucket) => toRow(bucket, bucket.counts))
  const found = await session.run(FIND, [JSON.stringify(rows)])
  const before = new Map(found.map(toCountBucket).map((bucket) => [keyOf(bucket), bucket.counts]))
  const sums = buckets.map((bucket) => {
    return toRow(bucket, addCounts(before.get(keyOf(bucket)) ?? {}, bucket.counts))
  })
  await session.run(PUT, [JSON.stringify(sums)])
}

export async function readCounts(
  session: Session,
  { kind, names, ranges }: CountQuery,
): Promise<readonly CountBucket[]> {
  const found: CountBucket[] = []
  for (const { widthSeconds, from, to } of ranges) {
    const rows = await session.run(READ, [kind, widthSeconds, from, to, names ?? null])
    found.push(...rows.map(toCountBucket))
  }
  return found
}

function toRow({ kind, widthSeconds, at, name }: CountBucket, counts: CountBucket['counts']) {
  return { kind, width: widthSeconds, at, name, counts: JSON.stringify(counts) }
}

function keyOf({ kind, widthSeconds, at, name }: CountBucket): string {
  return JSON.stringify([kind, widthSeconds, at, name])
}
