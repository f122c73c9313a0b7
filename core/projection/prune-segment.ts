import type { StoreInstance } from '../contracts/store.ts'
import { mergeSegments } from '../sdk/store/search/segment.ts'

/**
 * Looks at the segment after this number. If most of what it has was deleted, it is replaced by one with the rest, or by
 * none. Several nodes may do so at the same time. Returns the number of the segment; null after the last one.
 */
export async function pruneSegment(
  store: Pick<StoreInstance, 'nextSegment' | 'segment' | 'replaceSegments'>,
  after: number,
): Promise<number | null> {
  const remains = await store.nextSegment(after)
  if (remains === null) return null
  const { number, stored } = remains
  if (stored === null) return number
  const whole = await store.segment(number)
  const kept = new Set(stored)
  if (whole !== null) {
    await store.replaceSegments(
      [number],
      mergeSegments([whole], (id) => kept.has(id)),
    )
  }
  return number
}
