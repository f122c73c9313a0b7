import type { SegmentInfo } from '../../../contracts/projection.ts'
import type { PageBounds } from '../pages.ts'

/** Asks for the block of a segment that a term would be in. */
export interface BlockPlace {
  readonly segment: number
  readonly term: number
}

/** Asks for ids of a segment. */
export interface IdPlaces {
  readonly segment: number
  readonly positions: readonly number[]
}

/** How a store reads a list and the segments of its kind. Each call is short, so that others go on between two of them. */
export interface SearchReader<Item> {
  /** Segments with ids within bounds, by their highest id, the newest first: the first so many (`limit`). */
  segments(bounds: PageBounds): Promise<readonly SegmentInfo[]>
  /** Null: the segment does not exist any more. */
  blocks(places: readonly BlockPlace[]): Promise<readonly (Uint8Array | null)[]>
  /** The ids at these positions, without prefix; none if the segment does not exist any more. */
  idsAt(places: readonly IdPlaces[]): Promise<readonly (readonly string[])[]>
  /** All ids of each segment. Null: it does not exist any more. */
  ids(segments: readonly number[]): Promise<readonly (string | null)[]>
  /** Ids of the list within its own filters, newest first. Null: it has none. */
  readonly listed: ((bounds: PageBounds) => Promise<readonly string[]>) | null
  /** Those of the items that exist and are within the filters of the list, newest first. */
  items(ids: readonly string[]): Promise<readonly Item[]>
}
