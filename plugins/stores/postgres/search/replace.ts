import type { Segment } from '../../../../core/sdk/store.ts'
import type { Batch } from '../batch/writes.ts'
import type { Session } from '../database/database.ts'

const ADD = `
  WITH added AS (
    INSERT INTO segments (kind, documents, first, last, ids) VALUES ($1, $2, $3, $4, $5) RETURNING number
  )
  INSERT INTO segment_blocks (segment, term, bytes)
  SELECT added.number, block.term, block.bytes
  FROM added CROSS JOIN unnest($6::bigint[], $7::bytea[]) AS block (term, bytes)`
// In one order: other nodes may be about to replace some of them too. What they have replaced is not there any more.
const LOCK =
  'SELECT number FROM segments WHERE number = ANY ($1::bigint[]) ORDER BY number FOR UPDATE'
const REMOVE = `
  WITH blocks AS (DELETE FROM segment_blocks WHERE segment = ANY ($1::bigint[]))
  DELETE FROM segments WHERE number = ANY ($1::bigint[])`

/** Puts a segment in the place of others. False: one of them is not there any more. */
export async function replaceSegments(
  { transaction }: Batch,
  numbers: readonly number[],
  by: Segment | null,
): Promise<boolean> {
  const locked = await transaction.run(LOCK, [numbers])
  if (locked.length < numbers.length) return false
  await transaction.run(REMOVE, [numbers])
  if (by !== null) await addSegment(transaction, by)
  return true
}

export async function addSegment(
  session: Session,
  { kind, documents, first, last, ids, blocks }: Segment,
): Promise<void> {
  const terms = blocks.map(({ term }) => term)
  const bytes = blocks.map((block) => Buffer.from(block.bytes))
  await session.run(ADD, [kind, documents, first, last, ids, terms, bytes])
}
