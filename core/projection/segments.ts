import type { Segment, Unprojected } from '../contracts/projection.ts'
import { encodeSegment, type IndexedDocument } from '../sdk/store/search/segment.ts'
import type { TermHash } from './term-hash.ts'
import { termsOfDelivery, termsOfEnd, termsOfNext, termsOfTasks } from './terms.ts'

/** What lists find the deliveries and tasks by. */
export function segmentsOf(feed: Unprojected, hash: TermHash): readonly Segment[] {
  return [
    encodeSegment('deliveries', deliveriesOf(feed, hash)),
    encodeSegment('tasks', tasksOf(feed, hash)),
  ].filter((segment) => segment !== null)
}

// One after the other: the terms of all of them together would be the largest part of what a step holds.

function* deliveriesOf({ deliveries }: Unprojected, hash: TermHash): Iterable<IndexedDocument> {
  for (const delivery of deliveries) {
    yield { id: delivery.id, terms: hash.numbers(termsOfDelivery(delivery), delivery.isSealed) }
  }
}

function* tasksOf({ deliveries, ends }: Unprojected, hash: TermHash): Iterable<IndexedDocument> {
  for (const delivery of deliveries) {
    for (const [id, terms] of termsOfTasks(delivery)) {
      yield { id, terms: hash.numbers(terms, delivery.isSealed) }
    }
  }
  for (const end of ends) {
    const { id, reason, next, isSealed } = end
    if (reason !== null) yield { id, terms: hash.numbers(termsOfEnd(end), isSealed) }
    if (next !== null) {
      yield { id: next.id, terms: hash.numbers(termsOfNext(end, next), isSealed) }
    }
  }
}
