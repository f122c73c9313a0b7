import type { Segment, Unprojected } from '../contracts/projection.ts'
import { encodeSegment, type IndexedDocument } from '../sdk/store/search/segment.ts'
import type { TermHash } from './term-hash.ts'
import { termsOfDelivery, termsOfEnd, termsOfNext } from './terms.ts'

/** What lists find the deliveries and tasks by. */
export function segmentsOf({ deliveries, ends }: Unprojected, hash: TermHash): readonly Segment[] {
  const ofTasks: IndexedDocument[] = []
  const ofDeliveries = deliveries.map((delivery): IndexedDocument => {
    const { id, isSealed } = delivery
    const terms = termsOfDelivery(delivery, (task, each) => {
      ofTasks.push({ id: task, terms: hash.numbers(each, isSealed) })
    })
    return { id, terms: hash.numbers(terms, isSealed) }
  })
  for (const end of ends) {
    const { id, reason, next, isSealed } = end
    if (reason !== null) ofTasks.push({ id, terms: hash.numbers(termsOfEnd(end), isSealed) })
    if (next !== null) {
      ofTasks.push({ id: next.id, terms: hash.numbers(termsOfNext(end, next), isSealed) })
    }
  }
  return [encodeSegment('deliveries', ofDeliveries), encodeSegment('tasks', ofTasks)].filter(
    (segment) => segment !== null,
  )
}
