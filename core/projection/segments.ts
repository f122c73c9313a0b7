import type { Segment, Unprojected } from '../contracts/projection.ts'
import { SegmentMaker } from '../sdk/store/search/segment.ts'
import type { TermHash } from './term-hash.ts'
import { termsOfDelivery, termsOfEnd, termsOfNext } from './terms.ts'

/** What lists find the deliveries and tasks by. */
export function segmentsOf(
  { deliveries: given, ends }: Unprojected,
  hash: TermHash,
): readonly Segment[] {
  const deliveries = new SegmentMaker('deliveries')
  const tasks = new SegmentMaker('tasks')
  for (const delivery of given) {
    const { id, isSealed } = delivery
    const terms = termsOfDelivery(delivery, (task, each) => {
      tasks.add({ id: task, terms: hash.numbers(each, isSealed) })
    })
    deliveries.add({ id, terms: hash.numbers(terms, isSealed) })
  }
  for (const end of ends) {
    const { id, reason, next, isSealed } = end
    if (reason !== null) tasks.add({ id, terms: hash.numbers(termsOfEnd(end), isSealed) })
    if (next !== null) {
      tasks.add({ id: next.id, terms: hash.numbers(termsOfNext(end, next), isSealed) })
    }
  }
  return [deliveries.segment(), tasks.segment()].filter((segment) => segment !== null)
}
