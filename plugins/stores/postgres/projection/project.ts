import type { Projection } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import { addToCounts } from '../counts/counts.ts'
import { recordDeaths } from '../counts/errors.ts'
import { addSegment } from '../search/replace.ts'

// Other nodes that project wait here, and are then too late.
const NEXT_VERSION = 'UPDATE projection SET version = version + 1 WHERE version = $1 RETURNING 1'
const FORGET = `
  WITH ends AS (DELETE FROM unprojected_ends WHERE number = ANY ($2::bigint[]))
  DELETE FROM unprojected_deliveries WHERE number = ANY ($1::bigint[])`

/** Commits what was derived from notes, instead of these. */
export async function project(
  { transaction, changes }: Batch,
  { version, notes, segments = [], counts = [], deaths = [] }: Projection,
): Promise<boolean> {
  if ((await transaction.run(NEXT_VERSION, [version])).length === 0) return false
  await transaction.run(FORGET, [notes.deliveries, notes.ends])
  for (const segment of segments) await addSegment(transaction, segment)
  await addToCounts(transaction, counts)
  await recordDeaths(transaction, deaths)
  if (notes.deliveries.length + notes.ends.length > 0) changes.push({ kind: 'projected' })
  return true
}
