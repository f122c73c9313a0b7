import { countTerms } from '../../../../core/sdk/store/counts.ts'
import type { PrunedPart, PruneRequest } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'
import type { PruneAllowance } from '../prune/walk.ts'

const KINDS = ['all', 'source', 'program'] as const
const BUCKETS = `
  DELETE FROM counts WHERE (kind, width, at, name) IN (
    SELECT kind, width, at, name FROM counts WHERE kind = ? AND width = ? AND at < ? LIMIT ?)`
const GROUPS = `
  DELETE FROM error_groups WHERE id IN (
    SELECT id FROM error_groups WHERE count = 0 AND last_at < ? LIMIT ?)`

/** Deletes counts and groups of errors that are no longer kept. */
export function prepareCountPruning(database: SqliteDatabase) {
  const buckets = database.prepare(BUCKETS)
  const groups = database.prepare(GROUPS)
  return ({ countsAt }: PruneRequest, { limit }: PruneAllowance): PrunedPart => {
    if (countsAt === null) return { deleted: 0, isDone: true }
    const terms = countTerms(countsAt)
    let [deleted, isDone] = [0, true]
    for (const { widthSeconds, before } of terms.buckets) {
      for (const kind of KINDS) {
        const gone = Number(buckets.run(kind, widthSeconds, before, limit).changes)
        deleted += gone
        isDone &&= gone < limit
      }
    }
    const gone = Number(groups.run(terms.groupsBefore, limit).changes)
    return { deleted: deleted + gone, isDone: isDone && gone < limit }
  }
}
