import {
  createProjectionMappers,
  endedTasksOf,
  type StoreRow,
  UNPROJECTED_EVENT_COLUMNS,
  UNPROJECTED_TASK_COLUMNS,
  type Unprojected,
  type UnprojectedDelivery,
} from '../../../../core/sdk/store.ts'
import type { Session } from '../database/database.ts'
import { readable } from '../database/text.ts'
import { rows, SUMMARIES } from '../read/rows.ts'

const VERSION = 'SELECT version FROM projection'
// The newest first: that is what people look for.
const NOTED = 'SELECT number, ids FROM unprojected_deliveries ORDER BY number DESC LIMIT $1'
const ENDS = endedTasksOf('SELECT * FROM unprojected_ends ORDER BY number DESC LIMIT $1')
const DELIVERIES = `${SUMMARIES} WHERE id = ANY ($1::text[]) ORDER BY id`
const EVENTS = `
  SELECT ${UNPROJECTED_EVENT_COLUMNS} FROM events WHERE delivery_id = ANY ($1::text[])
  ORDER BY delivery_id, position`
const TASKS = `
  SELECT ${UNPROJECTED_TASK_COLUMNS} FROM tasks
  WHERE delivery_id = ANY ($1::text[]) AND previous IS NULL ORDER BY id`

const { toUnprojectedEvent, toUnprojectedTask, toEndedTask } = createProjectionMappers(readable)

/** What waits to be projected. */
export async function readUnprojected(session: Session, limit: number): Promise<Unprojected> {
  // Read first: if there is another projection after it, `project` refuses what is read now.
  const [row] = await session.run(VERSION)
  const noted = await session.run(NOTED, [limit + 1])
  const ended = await session.run(ENDS, [limit + 1])
  const taken = takeNotes(noted, limit)
  const ends = ended.slice(0, limit).reverse()
  return {
    version: row?.['version'] as number,
    notes: { deliveries: taken.map(numberOf), ends: ends.map(numberOf) },
    deliveries: await readDeliveries(session, taken.flatMap(idsOf)),
    ends: ends.filter(({ id }) => id !== null).map(toEndedTask),
    more: taken.length < noted.length || ends.length < ended.length,
  }
}

// A note names the deliveries of a commit. All of them go together, but only so many that one call stays short.
function takeNotes(noted: readonly StoreRow[], limit: number): readonly StoreRow[] {
  let deliveries = 0
  const end = noted.findIndex((row, index) => {
    deliveries += idsOf(row).length
    return index > 0 && deliveries > limit
  })
  return noted.slice(0, end < 0 ? limit : end)
}

async function readDeliveries(
  session: Session,
  ids: readonly string[],
): Promise<readonly UnprojectedDelivery[]> {
  if (ids.length === 0) return []
  const deliveries = await session.run(DELIVERIES, [ids])
  const events = Map.groupBy(await session.run(EVENTS, [ids]), deliveryOf)
  const tasks = Map.groupBy(await session.run(TASKS, [ids]), deliveryOf)
  return deliveries.map((row) => {
    const delivery = rows.toSummary(row)
    return {
      ...delivery,
      events: (events.get(delivery.id) ?? []).map(toUnprojectedEvent),
      tasks: (tasks.get(delivery.id) ?? []).map(toUnprojectedTask),
    }
  })
}

function numberOf(row: StoreRow): number {
  return row['number'] as number
}

function idsOf(row: StoreRow): readonly string[] {
  return (row['ids'] as string).split(',')
}

function deliveryOf(row: StoreRow): string {
  return row['delivery_id'] as string
}
