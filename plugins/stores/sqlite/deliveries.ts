import type { DeliveryFilter } from '../../../core/index.ts'
import type { HandlerContext } from './context.ts'
import type { Handlers } from './messages.ts'
import { readPage } from './pages.ts'
import { EVENT_COLUMNS, toDecisions, toDelivery, toEvent } from './rows.ts'

const DELIVERY = 'SELECT * FROM deliveries WHERE id = ?'
// The length of a blob is read without the blob.
const SUMMARIES = `
  SELECT id, source, received_at, method, path, headers, client, outcome, reason, original_id,
    length(body) AS body_bytes
  FROM deliveries`
const EVENTS = `
  SELECT ${EVENT_COLUMNS}, events.decisions
  FROM events JOIN deliveries ON deliveries.id = events.delivery_id
  WHERE events.delivery_id = ? ORDER BY events.position`

/** Deliveries and their events as they are shown. */
export function createDeliveryHandlers({
  database,
}: HandlerContext): Handlers<'delivery' | 'deliveries' | 'events'> {
  return {
    delivery([id]) {
      const row = database.prepare(DELIVERY).get(id)
      return row === undefined ? null : { ...toDelivery(row), body: row['body'] as Uint8Array }
    },
    deliveries([filter]) {
      const { after, limit } = filter
      return readPage(
        database,
        { select: SUMMARIES, where: conditions(filter), after, limit },
        (row) => ({
          ...toDelivery(row),
          bodyBytes: row['body_bytes'] as number,
        }),
      )
    },
    events: ([deliveryId]) =>
      database
        .prepare(EVENTS)
        .all(deliveryId)
        .map((row) => ({ ...toEvent(row), decisions: toDecisions(row) })),
  }
}

// The outcome is written out, not bound: only so can the partial indexes be used.
const OUTCOMES = {
  accepted: "outcome = 'accepted'",
  duplicate: "outcome = 'duplicate'",
  refused: "outcome = 'refused'",
} as const

function conditions({ source, outcome }: DeliveryFilter) {
  return [
    ...(source === undefined ? [] : [['source = ?', source] as const]),
    ...(outcome === undefined ? [] : [[OUTCOMES[outcome], null] as const]),
  ]
}
