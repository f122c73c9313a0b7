import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type IndexedDocument, mergeSegments } from '../../../core/sdk/store/search/segment.ts'
import { encodeSegment } from '../../../core/testing/store-cases/projection/make-segments.ts'

const documents: fc.Arbitrary<IndexedDocument[]> = fc.array(
  fc.record({
    id: fc.nat(30).map((number) => `tsk_${String(number).padStart(26, '0')}`),
    terms: fc.array(fc.oneof(fc.nat(9), fc.nat(2 ** 48 - 1)), { maxLength: 300 }),
  }),
  { maxLength: 12 },
)

test('a merged segment is that of all documents that are kept', () => {
  fc.assert(
    fc.property(fc.array(documents, { maxLength: 5 }), fc.nat(30), (parts, gone) => {
      const segments = parts
        .map((part) => encodeSegment('tasks', part))
        .filter((one) => one !== null)
      const isKept = (id: string) => Number(id.slice(4)) !== gone
      const kept = parts.flat().filter(({ id }) => isKept(id))
      expect(mergeSegments(segments)).toEqual(encodeSegment('tasks', parts.flat()))
      expect(mergeSegments(segments, isKept)).toEqual(encodeSegment('tasks', kept))
    }),
  )
})
