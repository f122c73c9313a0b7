import { isMostlyStored } from '../../../../core/sdk/store/search/merge.ts'
import { idAt, idsIn } from '../../../../core/sdk/store/search/segment.ts'
import type { Segment, SegmentInfo, SegmentKind } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import type { SqliteDatabase } from '../database/database.ts'

const INFOS = 'SELECT number, kind, documents, first, last FROM segments INDEXED BY segments_listed'
const WITHIN = `
  ${INFOS} WHERE kind = ? AND last >= ? AND first < ? ORDER BY last DESC LIMIT ?`
const SMALL = `${INFOS} WHERE kind IN ('deliveries', 'tasks') AND documents < ? ORDER BY number`
const SEGMENT = 'SELECT kind, documents, first, last, ids FROM segments WHERE number = ?'
const BLOCKS = 'SELECT term, bytes FROM segment_blocks WHERE segment = ? ORDER BY term'
const BLOCK = `
  SELECT bytes FROM segment_blocks WHERE segment = ? AND term <= ? ORDER BY term DESC LIMIT 1`
const IDS = 'SELECT ids FROM segments WHERE number = ?'
const NEXT = `
  SELECT number, kind, documents, first, ids FROM segments WHERE number > ? ORDER BY number LIMIT 1`
const STORED: Readonly<Record<SegmentKind, string>> = {
  deliveries: 'FROM json_each(?) WHERE EXISTS (SELECT 1 FROM deliveries WHERE id = value)',
  tasks: 'FROM json_each(?) WHERE EXISTS (SELECT 1 FROM tasks WHERE id = value)',
}
// Never a number that was there before: a search may still ask for that one.
const NEXT_NUMBER = 'UPDATE projection SET last_segment = last_segment + 1 RETURNING last_segment'
const ADD = `
  INSERT INTO segments (number, kind, documents, first, last, ids) VALUES (?, ?, ?, ?, ?, ?)`
const ADD_BLOCK = 'INSERT INTO segment_blocks (segment, term, bytes) VALUES (?, ?, ?)'
const REMOVE = 'DELETE FROM segments WHERE number = ?'

type Names =
  | ('smallSegments' | 'segment' | 'segmentsWithin' | 'blocks' | 'idsAt' | 'idsOf')
  | ('nextSegment' | 'replaceSegments')

/** Segments, which searches read, and what takes their place. */
export function createSegmentHandlers({ database }: HandlerContext): Handlers<Names> {
  const idsOf = (number: number): string | null => {
    const row = database.prepare(IDS).get(number)
    return row === undefined ? null : (row['ids'] as string)
  }
  return {
    smallSegments: ([documents]) =>
      database.prepare(SMALL).all(documents) as readonly object[] as readonly SegmentInfo[],
    segment([number]) {
      const row = database.prepare(SEGMENT).get(number)
      if (row === undefined) return null
      const blocks = database.prepare(BLOCKS).all(number)
      return { ...row, blocks } as object as ReturnType<Handlers<Names>['segment']>
    },
    nextSegment([after]) {
      const row = database.prepare(NEXT).get(after) as NextRow | undefined
      if (row === undefined) return null
      const { number, kind, documents, first, ids } = row
      // Counting takes half as long as reading the ids, and is mostly enough.
      const all = JSON.stringify(idsIn(ids, first))
      const counted = database.prepare(`SELECT count(*) AS stored ${STORED[kind]}`).get(all)
      if (isMostlyStored(documents, counted?.['stored'] as number)) {
        return { number, documents, stored: null }
      }
      const stored = database.prepare(`SELECT value ${STORED[kind]}`).all(all)
      return { number, documents, stored: stored.map(({ value }) => value as string) }
    },
    replaceSegments([numbers, by]) {
      if (numbers.some((number) => idsOf(number) === null)) return false
      for (const number of numbers) database.prepare(REMOVE).run(number)
      if (by !== null) addSegment(database, by)
      return true
    },
    segmentsWithin: ([kind, { from, before, limit }]) =>
      database.prepare(WITHIN).all(kind, from, before, limit) as readonly object[] as SegmentInfo[],
    blocks: ([places]) =>
      places.map(({ segment, term }) => {
        const row = database.prepare(BLOCK).get(segment, term)
        return row === undefined ? null : (row['bytes'] as Uint8Array)
      }),
    idsAt: ([places]) =>
      places.map(({ segment, positions }) => {
        const ids = idsOf(segment)
        return ids === null ? [] : positions.map((position) => idAt(ids, position))
      }),
    idsOf: ([numbers]) => numbers.map(idsOf),
  }
}

export function addSegment(
  database: SqliteDatabase,
  { kind, documents, first, last, ids, blocks }: Segment,
): void {
  const { last_segment: number } = database.prepare(NEXT_NUMBER).get() as { last_segment: number }
  database.prepare(ADD).run(number, kind, documents, first, last, ids)
  const add = database.prepare(ADD_BLOCK)
  for (const { term, bytes } of blocks) add.run(number, term, bytes)
}

type NextRow = Pick<SegmentInfo, 'number' | 'kind' | 'documents' | 'first'> & Pick<Segment, 'ids'>
