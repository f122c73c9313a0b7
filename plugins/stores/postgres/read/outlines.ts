import type { DeliveryOutline, StoreRow } from '../../../../core/sdk/store.ts'
import type { Session } from '../database/database.ts'
import { storable } from '../database/text.ts'
import { rows } from './rows.ts'

// In the order of their ids, which is that of the delivery: an index has it.
const EVENTS = `
  SELECT found.* FROM unnest($1::text[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT delivery_id, id, type, facts FROM events WHERE delivery_id = asked.id ORDER BY id LIMIT $2
  ) AS found ORDER BY found.delivery_id, found.id`
const TASKS = `
  SELECT found.* FROM unnest($1::text[]) AS asked (id) CROSS JOIN LATERAL (
    SELECT delivery_id, event_id, id, rule, program, state FROM tasks WHERE delivery_id = asked.id
    ORDER BY event_id, id LIMIT $2
  ) AS found ORDER BY found.delivery_id, found.event_id, found.id`

/** What lists show of deliveries besides themselves. */
export async function readOutlines(
  session: Session,
  deliveryIds: readonly string[],
  limit: number,
): Promise<readonly DeliveryOutline[]> {
  if (deliveryIds.length === 0) return []
  const ids = deliveryIds.map(storable)
  const events = Map.groupBy(await session.run(EVENTS, [ids, limit]), deliveryOf)
  const tasks = Map.groupBy(await session.run(TASKS, [ids, limit]), deliveryOf)
  return [...events].map(([deliveryId, found]) => ({
    deliveryId,
    events: found.map(rows.toOutlinedEvent),
    tasks: (tasks.get(deliveryId) ?? []).map(rows.toTaskSummary),
  }))
}

function deliveryOf(row: StoreRow): string {
  return row['delivery_id'] as string
}
