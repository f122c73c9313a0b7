import assert from 'node:assert/strict'
import type { Segment } from '../../../contracts/projection.ts'
import type { SegmentKind, StoreInstance } from '../../../contracts/store.ts'
import { createId } from '../../../kit/id.ts'
import { type IndexedDocument, SegmentMaker } from '../../../sdk/store/search/segment.ts'
import { makeDelivery, makeEvent } from '../make-entry.ts'

export const RARE = 2 ** 48 - 1
export const COMMON = 7
export const EVEN = 300

/** A document with COMMON and a number of its own; every second one has EVEN, one RARE. */
export function numbered(id: string, index: number) {
  const terms = [COMMON, 1000 + index]
  if (index % 2 === 0) terms.push(EVEN)
  if (index === 4) terms.push(RARE)
  return { id, terms }
}

/** Adds a segment. */
export async function post(
  store: StoreInstance,
  kind: SegmentKind,
  documents: readonly IndexedDocument[],
): Promise<void> {
  const { version } = await store.unprojected(1)
  const segment = encodeSegment(kind, documents)
  assert.ok(segment !== null)
  const notes = { deliveries: [], ends: [] }
  assert.equal(await store.project({ version, notes, segments: [segment] }), true)
}

type Made = { readonly programs?: readonly string[]; readonly source?: string }

/** Accepts tasks, a millisecond apart, so that their order is known. Returns their ids, the oldest first. */
export async function acceptAt(
  store: StoreInstance,
  count: number,
  make: (index: number) => Made = () => ({}),
  start = Date.now() - count,
): Promise<readonly string[]> {
  const entries = Array.from({ length: count }, (_, index) => {
    const { programs = ['deploy'], source = 'github' } = make(index)
    const event = makeEvent({ programs })
    const tasks = event.tasks.map((task) => ({ ...task, id: createId('tsk', start + index) }))
    return {
      delivery: makeDelivery({ receivedAt: start + index, source }),
      events: [{ ...event, tasks }],
    }
  })
  await Promise.all(entries.map((entry) => store.accept(entry)))
  return entries.map(({ events }) => events[0]?.tasks[0]?.id ?? '')
}

/** Null if none of the documents has an id of the usual form. */
export function encodeSegment(
  kind: SegmentKind,
  documents: Iterable<IndexedDocument>,
): Segment | null {
  const maker = new SegmentMaker(kind)
  for (const document of documents) maker.add(document)
  return maker.segment()
}
