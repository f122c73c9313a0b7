import { filteredTasks } from '../../../../core/sdk/store/lists.ts'
import {
  conditionsOfTasks,
  type PageQuery,
  pageBounds,
  pageSize,
  toPage,
  toPageQuery,
} from '../../../../core/sdk/store/pages.ts'
import { type StoreRow, toTaskCounts } from '../../../../core/sdk/store/rows.ts'
import type { Page } from '../../../../core/sdk/store.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { readFilteredTasks, toDeliveryQuery } from './list-query.ts'
import { bodyOf, EVENT, LISTED_TASKS, rows, SUMMARIES, toEvent } from './rows.ts'

const TASKS = 'SELECT * FROM tasks'
// SQLite cannot know that a delivery has few tasks.
const TASKS_OF_DELIVERY = `${LISTED_TASKS} INDEXED BY tasks_of_delivery`
const ATTEMPTS = 'SELECT * FROM attempts WHERE task_id = ? ORDER BY number'
const COUNT = 'SELECT state, count(*) AS tasks FROM tasks GROUP BY state'
const DELIVERY = 'SELECT * FROM deliveries WHERE id = ?'
const EVENTS = `
  SELECT ${EVENT}, events.decisions
  FROM events JOIN deliveries ON deliveries.id = events.delivery_id
  WHERE events.delivery_id = ? ORDER BY events.position`
const LOG = `
  SELECT sequence, attempt, stream, at, text FROM log_chunks WHERE task_id = ? AND sequence > ?
  ORDER BY sequence`

type Reads =
  | ('task' | 'attempts' | 'tasks' | 'countTasks')
  | ('delivery' | 'deliveries' | 'events' | 'knownSenderIds' | 'readLog')

/** Tasks, deliveries and logs as they are shown. */
export function createReadHandlers({
  database,
  senderIds: known,
}: HandlerContext): Handlers<Reads> {
  const readPage = <Item extends { readonly id: string }>(
    { sql, values, size }: PageQuery,
    toItem: (row: StoreRow) => Item,
  ): Page<Item> => toPage(database.prepare(sql).all(...values), size, toItem)

  return {
    task([id]) {
      const row = database.prepare(`${TASKS} WHERE id = ?`).get(id)
      return row === undefined ? null : rows.toTask(row)
    },
    attempts: ([taskId]) => database.prepare(ATTEMPTS).all(taskId).map(rows.toAttempt),
    tasks([filter]) {
      const bounds = pageBounds('tsk', filter)
      const list = filteredTasks(filter)
      if (list !== null) {
        const found = readFilteredTasks(database, { filter, list, select: LISTED_TASKS, bounds })
        return toPage(found, pageSize(bounds.limit), rows.toTask)
      }
      const select = filter.deliveryId === undefined ? LISTED_TASKS : TASKS_OF_DELIVERY
      const where = conditionsOfTasks(filter)
      return readPage(toPageQuery({ select, where, ...bounds }), rows.toTask)
    },
    countTasks: () => toTaskCounts(database.prepare(COUNT).all()),
    delivery([id]) {
      const row = database.prepare(DELIVERY).get(id)
      return row === undefined ? null : { ...rows.toDelivery(row), body: bodyOf(row, id) }
    },
    deliveries([filter]) {
      const query = toDeliveryQuery(filter, SUMMARIES, pageBounds('dlv', filter))
      return readPage(query, rows.toSummary)
    },
    events: ([deliveryId]) =>
      database
        .prepare(EVENTS)
        .all(deliveryId)
        .map((row) => ({ ...toEvent(row), decisions: rows.toDecisions(row) })),
    knownSenderIds: ([source, senderIds]) =>
      senderIds.filter((id) => known.find(source, id.toWellFormed()) !== null),
    readLog([taskId, { after = 0, limit, tail = false }]) {
      const sql = `${LOG} ${tail ? 'DESC' : 'ASC'} LIMIT ?`
      const chunks = database.prepare(sql).all(taskId, after, limit).map(rows.toLogChunk)
      return tail ? chunks.reverse() : chunks
    },
  }
}
