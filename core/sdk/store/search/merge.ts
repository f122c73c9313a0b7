import type { SegmentInfo } from '../../../contracts/projection.ts'

/** So many segments of about one size become one. */
const MERGED_AT_ONCE = 4
/** From this many documents on, a segment stays as it is: what a search reads of one has a limit. */
export const FULL_SEGMENT = 1_024

/**
 * Segments to merge into one; empty if there are few enough. Each document is merged a few times at most, since only
 * segments of about one size are: fewer than 4 documents, than 16, than 64 and so on. So however many were added one by
 * one, few are left.
 */
export function segmentsToMerge(infos: readonly SegmentInfo[]): readonly SegmentInfo[] {
  const alike = Map.groupBy(infos, ({ kind, documents }) => `${kind} ${sizeClass(documents)}`)
  for (const group of alike.values()) {
    // Neighbours in time, so that the merged one has ids of a short time.
    const inOrder = group.toSorted((one, other) => (one.last < other.last ? -1 : 1))
    if (group.length >= MERGED_AT_ONCE) return inOrder.slice(0, MERGED_AT_ONCE)
  }
  return []
}

/** Whether so much of a segment is still stored that it may stay as it is. So an index has twice what is stored at most. */
export function isMostlyStored(documents: number, stored: number): boolean {
  return stored * 2 >= documents
}

function sizeClass(documents: number): number {
  return Math.floor(Math.log2(documents) / Math.log2(MERGED_AT_ONCE))
}
