import type { Page, SearchTerm, TaskFilter } from '../../../contracts/lists.ts'
import type { SegmentInfo } from '../../../contracts/projection.ts'
import { type PageBounds, pageSize } from '../pages.ts'
import type { SearchReader } from './reader.ts'
import { SegmentGone, SegmentMatches } from './segment-matches.ts'

/** The newest segments, which are looked at first. If a term is common, they are enough. */
const FIRST_SEGMENTS = 4
/** A page looks at about so many segments, so that its cost has a limit. */
const MAX_SEGMENTS = 128
/** Matches that are read from one segment for a page. */
const MAX_MATCHES = 100
/** Ids that are read from the list for a page. */
const MAX_LISTED = 32
/** Segments are replaced one by one, with pauses. So one of a few tries meets none that is. */
const MAX_TRIES = 20
const ALL = 1_000_000

/** Whether a filter looks for terms. */
export function isSearch({ terms }: Pick<TaskFilter, 'terms'>): boolean {
  return terms !== undefined && terms.length > 0
}

interface Search<Item> {
  readonly reader: SearchReader<Item>
  readonly terms: readonly SearchTerm[]
  readonly bounds: PageBounds
}

/** Ids that match, newest first, and how far down that is all of them: to `reach`. Null: to the lower bound. */
interface Found {
  readonly ids: readonly string[]
  readonly reach: string | null
}

/**
 * A page of what has all terms, newest first. Terms and the list's own filters are two ways to its ids, and either may be
 * the one with few. So a little is read of both, and whichever has come further down decides what the other has to be
 * asked about. The page may be short: then its `next` is where the next one goes on.
 */
export async function searchPage<Item extends { readonly id: string }>(
  search: Search<Item>,
): Promise<Page<Item>> {
  for (let tries = 1; ; tries++) {
    try {
      return await readPage(search)
    } catch (error) {
      if (!(error instanceof SegmentGone) || tries === MAX_TRIES) throw error
    }
  }
}

async function readPage<Item extends { readonly id: string }>(
  search: Search<Item>,
): Promise<Page<Item>> {
  const { reader, bounds } = search
  const byTerms = await findByTerms(search)
  const byList = byTerms.reach === null ? null : await findByList(search, byTerms.reach)
  const { ids, reach } = byList ?? byTerms
  const size = pageSize(bounds.limit)
  const items: Item[] = []
  for (let at = 0; at < ids.length; at += size + 1) {
    items.push(...(await reader.items(ids.slice(at, at + size + 1))))
    if (items.length > size) {
      return { items: items.slice(0, size), next: items[size - 1]?.id ?? null }
    }
  }
  return { items, next: reach }
}

async function findByTerms<Item>({ reader, terms, bounds }: Search<Item>): Promise<Found> {
  const infos = await segmentsBelow(reader, bounds)
  const matches = new SegmentMatches(reader, terms)
  // Those that reach beyond the upper bound say nothing about how far down the others are.
  let end = infos.filter(({ last }) => last >= bounds.before).length + FIRST_SEGMENTS
  let found = await matches.read(infos.slice(0, end), bounds)
  if (found.count < MAX_MATCHES && end < infos.length) {
    const more = infos.slice(end, Math.max(end, MAX_SEGMENTS))
    end += more.length
    found = await matches.read(more, bounds)
  }
  // What is older may also be in the next segment, or beyond what is read of one.
  const bound = infos[end]?.last ?? null
  const { ids, cutAt } = await matches.newest(bounds, MAX_MATCHES)
  const isCut = cutAt !== null && (bound === null || cutAt > bound)
  if (isCut) return { ids: ids.filter((id) => id >= cutAt), reach: cutAt }
  if (bound === null) return { ids, reach: null }
  return { ids: ids.filter((id) => id > bound), reach: after(bound) }
}

// Clocks that differ may make many segments overlap. Then they are read however many there are.
async function segmentsBelow(
  { segments }: Pick<SearchReader<unknown>, 'segments'>,
  bounds: PageBounds,
): Promise<readonly SegmentInfo[]> {
  const first = await segments({ ...bounds, limit: MAX_SEGMENTS + 1 })
  const lowest = first.at(-1)?.last
  if (first.length <= MAX_SEGMENTS || (lowest !== undefined && lowest < bounds.before)) return first
  return segments({ ...bounds, limit: ALL })
}

/** Null if the list has no filters of its own, or more rows than what the terms have found. */
async function findByList<Item>(
  { reader, terms, bounds }: Search<Item>,
  reach: string,
): Promise<Found | null> {
  if (reader.listed === null) return null
  const listed = await reader.listed({ ...bounds, limit: MAX_LISTED })
  const lowest = listed.length < MAX_LISTED ? null : (listed.at(-1) ?? null)
  if (lowest !== null && lowest >= reach) return null
  const [newest, oldest] = [listed[0], listed.at(-1)]
  if (newest === undefined || oldest === undefined) return { ids: [], reach: lowest }
  const span = { from: oldest, before: after(newest), limit: ALL }
  const infos = await reader.segments(span)
  const matches = new SegmentMatches(reader, terms)
  return { ids: await matches.among(infos, listed), reach: lowest }
}

/** The bound below which an id is still found. */
function after(id: string): string {
  return `${id}~`
}
