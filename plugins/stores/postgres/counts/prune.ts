import { countTerms, type PrunedPart, type PruneRequest } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'

const BUCKETS = `
  DELETE FROM counts WHERE (kind, width, at, name) IN (
    SELECT c.kind, c.width, c.at, c.name FROM (VALUES ('all'), ('source'), ('program')) AS k (kind)
    JOIN counts c ON c.kind = k.kind WHERE c.width = $1 AND c.at < $2 LIMIT $3)
  RETURNING 1`
const GROUPS = `
  DELETE FROM error_groups WHERE id IN (
    SELECT id FROM error_groups WHERE count = 0 AND last_at < $1
    ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING 1`

/** Deletes counts and groups of errors that are no longer kept. */
export async function pruneCounts(
  { transaction, clock }: Batch,
  { countsAt, limit }: PruneRequest,
): Promise<PrunedPart> {
  if (countsAt === null) return { deleted: 0, isDone: true }
  const terms = countTerms(clock.toStore(countsAt))
  let [deleted, isDone] = [0, true]
  const add = (rows: readonly unknown[]) => {
    deleted += rows.length
    isDone &&= rows.length < limit
  }
  for (const { widthSeconds, before } of terms.buckets) {
    add(await transaction.run(BUCKETS, [widthSeconds, before, limit]))
  }
  add(await transaction.run(GROUPS, [terms.groupsBefore, limit]))
  return { deleted, isDone }
}
