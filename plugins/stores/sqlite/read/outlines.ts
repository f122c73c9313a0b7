import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { rows } from './rows.ts'

// In the order of their ids, which is that of the delivery: an index has it.
const EVENTS = 'SELECT id, type, facts FROM events WHERE delivery_id = ? ORDER BY id LIMIT ?'
const TASKS = `
  SELECT id, rule, program, state FROM tasks INDEXED BY tasks_of_delivery WHERE delivery_id = ?
  ORDER BY event_id, id LIMIT ?`

/** What lists show of deliveries besides themselves. */
export function createOutlinesHandler({ database }: HandlerContext): Handlers<'outlines'> {
  return {
    outlines([deliveryIds, limit]) {
      const [events, tasks] = [database.prepare(EVENTS), database.prepare(TASKS)]
      return deliveryIds.flatMap((deliveryId) => {
        const found = events.all(deliveryId, limit).map(rows.toOutlinedEvent)
        if (found.length === 0) return []
        return {
          deliveryId,
          events: found,
          tasks: tasks.all(deliveryId, limit).map(rows.toTaskSummary),
        }
      })
    },
  }
}
