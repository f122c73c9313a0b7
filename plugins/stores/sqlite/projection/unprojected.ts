import {
  createProjectionMappers,
  endedTasksOf,
  UNPROJECTED_EVENT_COLUMNS,
  UNPROJECTED_TASK_COLUMNS,
} from '../../../../core/sdk/store/projection-rows.ts'
import type { EndedTask, UnprojectedDelivery } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { rows, SUMMARIES } from '../read/rows.ts'

/** A call reads for about this long at most, since all calls that arrive meanwhile wait for it. */
const MAX_CALL_MS = 5

const VERSION = 'SELECT version FROM projection'
// The newest first: that is what people look for.
const DELIVERIES = 'SELECT number, id FROM unprojected_deliveries ORDER BY number DESC LIMIT ?'
const ENDS = endedTasksOf('SELECT * FROM unprojected_ends ORDER BY number DESC LIMIT ?')
const DELIVERY = `${SUMMARIES} WHERE id = ?`
const EVENTS = `SELECT ${UNPROJECTED_EVENT_COLUMNS} FROM events WHERE delivery_id = ? ORDER BY position`
const TASKS = `SELECT ${UNPROJECTED_TASK_COLUMNS} FROM tasks
  WHERE delivery_id = ? AND previous IS NULL ORDER BY id`

const { toUnprojectedEvent, toUnprojectedTask, toEndedTask } = createProjectionMappers(
  (text) => text,
)

/** What waits to be projected. */
export function createUnprojectedHandler({ database }: HandlerContext): Handlers<'unprojected'> {
  const read = (id: string): UnprojectedDelivery | null => {
    const row = database.prepare(DELIVERY).get(id)
    if (row === undefined) return null
    return {
      ...rows.toSummary(row),
      events: database.prepare(EVENTS).all(id).map(toUnprojectedEvent),
      tasks: database.prepare(TASKS).all(id).map(toUnprojectedTask),
    }
  }

  return {
    unprojected([limit]) {
      const end = performance.now() + MAX_CALL_MS
      const { version } = database.prepare(VERSION).get() as { version: number }
      const numbers: number[] = []
      const deliveries: UnprojectedDelivery[] = []
      const noted = database.prepare(DELIVERIES).all(limit + 1)
      for (const { number, id } of noted.slice(0, limit)) {
        if (numbers.length > 0 && performance.now() >= end) break
        numbers.push(number as number)
        const delivery = read(id as string)
        if (delivery !== null) deliveries.push(delivery)
      }
      const ended = database.prepare(ENDS).all(limit + 1)
      const taken = ended.slice(0, limit).reverse()
      const ends: readonly EndedTask[] = taken.filter(({ id }) => id !== null).map(toEndedTask)
      return {
        version,
        notes: { deliveries: numbers, ends: taken.map(({ number }) => number as number) },
        deliveries,
        ends,
        more: numbers.length < noted.length || taken.length < ended.length,
      }
    },
  }
}
