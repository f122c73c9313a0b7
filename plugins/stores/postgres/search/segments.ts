import {
  type BlockPlace,
  type IdPlaces,
  idsIn,
  isMostlyStored,
  type PageBounds,
  type Segment,
  type SegmentBlock,
  type SegmentInfo,
  type SegmentKind,
  type SegmentRemains,
} from '../../../../core/sdk/store.ts'
import type { Row, Session } from '../database/database.ts'

const INFOS = 'SELECT number, kind, documents, first, last FROM segments'
const WITHIN = `
  ${INFOS} WHERE kind = $1 AND last >= $2 AND first < $3 ORDER BY last DESC LIMIT $4`
const SMALL = `${INFOS} WHERE documents < $1 ORDER BY number`
const SEGMENT = 'SELECT kind, documents, first, last, ids FROM segments WHERE number = $1'
const BLOCKS = 'SELECT term, bytes FROM segment_blocks WHERE segment = $1 ORDER BY term'
const BLOCKS_AT = `
  SELECT (
    SELECT bytes FROM segment_blocks WHERE segment = asked.segment AND term <= asked.term
    ORDER BY term DESC LIMIT 1
  ) AS bytes
  FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS asked (segment, term, place)
  ORDER BY asked.place`
// Each segment's ids are read once. The positions come as JSON: the lists have different lengths.
const IDS_AT = `
  WITH read AS MATERIALIZED (
    SELECT number, ids || '' AS ids FROM segments WHERE number = ANY ($1::bigint[])
  )
  SELECT read.number, array_agg(substr(read.ids, at.position * 26 + 1, 26) ORDER BY at.place) AS ids
  FROM unnest($1::bigint[], $2::text[]) AS asked (segment, positions)
  JOIN read ON read.number = asked.segment
  CROSS JOIN LATERAL unnest(asked.positions::integer[]) WITH ORDINALITY AS at (position, place)
  GROUP BY read.number`
const IDS = 'SELECT number, ids FROM segments WHERE number = ANY ($1::bigint[])'
const NEXT = `
  SELECT number, kind, documents, first, ids FROM segments WHERE number > $1 ORDER BY number LIMIT 1`
const STORED: Readonly<Record<SegmentKind, string>> = {
  deliveries: 'SELECT id FROM deliveries WHERE id = ANY ($1::text[])',
  tasks: 'SELECT id FROM tasks WHERE id = ANY ($1::text[])',
}

/** Segments with ids within bounds, by their highest id, the newest first. */
export async function segmentsWithin(
  session: Session,
  kind: SegmentKind,
  { from, before, limit }: PageBounds,
): Promise<readonly SegmentInfo[]> {
  return (await session.run(WITHIN, [kind, from, before, limit])).map(toInfo)
}

export async function smallSegments(
  session: Session,
  documents: number,
): Promise<readonly SegmentInfo[]> {
  return (await session.run(SMALL, [documents])).map(toInfo)
}

/** The whole segment; null if there is none of this number. */
export async function readSegment(session: Session, number: number): Promise<Segment | null> {
  const [row] = await session.run(SEGMENT, [number])
  if (row === undefined) return null
  const blocks = (await session.run(BLOCKS, [number])) as readonly object[] as SegmentBlock[]
  return { ...(row as object as Omit<Segment, 'blocks'>), blocks }
}

/** The next segment by number, and what is left of its documents; null after the last one. */
export async function nextSegment(session: Session, after: number): Promise<SegmentRemains | null> {
  const [row] = await session.run(NEXT, [after])
  if (row === undefined) return null
  const { number, kind, documents, first, ids } = row as object as NextRow
  const stored = await session.run(STORED[kind], [idsIn(ids, first)])
  const isWhole = isMostlyStored(documents, stored.length)
  return { number, documents, stored: isWhole ? null : stored.map(({ id }) => id as string) }
}

type NextRow = Pick<SegmentInfo, 'number' | 'kind' | 'documents' | 'first'> & Pick<Segment, 'ids'>

export async function blocksAt(
  session: Session,
  places: readonly BlockPlace[],
): Promise<readonly (Uint8Array | null)[]> {
  const segments = places.map(({ segment }) => segment)
  const terms = places.map(({ term }) => term)
  const rows = await session.run(BLOCKS_AT, [segments, terms])
  return rows.map((row) => row['bytes'] as Uint8Array | null)
}

export async function idsAt(
  session: Session,
  places: readonly IdPlaces[],
): Promise<readonly (readonly string[])[]> {
  const segments = places.map(({ segment }) => segment)
  const positions = places.map((place) => `{${place.positions.join(',')}}`)
  const found = byNumber(await session.run(IDS_AT, [segments, positions]))
  return segments.map((number) => (found.get(number) ?? []) as readonly string[])
}

/** All ids of each segment; null for one that does not exist. */
export async function idsOf(
  session: Session,
  segments: readonly number[],
): Promise<readonly (string | null)[]> {
  const found = byNumber(await session.run(IDS, [segments]))
  return segments.map((number) => (found.get(number) ?? null) as string | null)
}

function byNumber(rows: readonly Row[]): ReadonlyMap<number, unknown> {
  return new Map(rows.map((row) => [row['number'] as number, row['ids']]))
}

function toInfo(row: Row): SegmentInfo {
  return row as object as SegmentInfo
}
