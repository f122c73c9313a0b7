import type { MissedDelivery } from '../../contracts/provider/missed.ts'

/** A delivery in the list of a provider, which may name one several times: once for each try. */
export interface ListedDelivery extends MissedDelivery {
  /** Whether this try was answered with success. */
  readonly hasArrived: boolean
}

/**
 * The deliveries that never arrived, the oldest first, from pages that begin with the newest. Reads no page after one that
 * ends before `since`.
 */
export async function* missedOf(
  pages: AsyncIterable<readonly ListedDelivery[]>,
  since: Date,
): AsyncGenerator<MissedDelivery> {
  const arrived = new Set<string>()
  const missed = new Map<string, ListedDelivery>()
  for await (const page of pages) {
    for (const delivery of page) {
      if (delivery.hasArrived) arrived.add(delivery.senderId)
      else if (delivery.sentAt >= since) missed.set(delivery.senderId, delivery)
    }
    const last = page.at(-1)
    if (last === undefined || last.sentAt < since) break
  }
  const found = [...missed.values()].filter(({ senderId }) => !arrived.has(senderId))
  yield* found.toSorted((one, other) => one.sentAt.getTime() - other.sentAt.getTime())
}
