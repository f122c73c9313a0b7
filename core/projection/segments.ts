import type { Segment, SegmentKind, Unprojected } from '../contracts/projection.ts'
import { encodeSegment, type IndexedDocument } from '../sdk/store/search/segment.ts'
import type { TermHash } from './term-hash.ts'
import { termsOfDelivery, termsOfEnd, termsOfNext, termsOfTasks } from './terms.ts'

/** What lists find the deliveries and tasks by. */
export function segmentsOf({ deliveries, ends }: Unprojected, hash: TermHash): readonly Segment[] {
  const documents: Record<SegmentKind, IndexedDocument[]> = { deliveries: [], tasks: [] }
  const add = (
    kind: SegmentKind,
    terms: ReadonlySet<string>,
    { id, isSealed = false }: { readonly id: string; readonly isSealed?: boolean | undefined },
  ) => documents[kind].push({ id, terms: hash.numbers(terms, isSealed) })
  for (const delivery of deliveries) {
    const { isSealed } = delivery
    add('deliveries', termsOfDelivery(delivery), delivery)
    for (const [id, terms] of termsOfTasks(delivery)) add('tasks', terms, { id, isSealed })
  }
  for (const end of ends) {
    const { next, isSealed } = end
    if (end.reason !== null) add('tasks', termsOfEnd(end), end)
    if (next !== null) add('tasks', termsOfNext(end, next), { id: next.id, isSealed })
  }
  return (['deliveries', 'tasks'] as const)
    .map((kind) => encodeSegment(kind, documents[kind]))
    .filter((segment) => segment !== null)
}
