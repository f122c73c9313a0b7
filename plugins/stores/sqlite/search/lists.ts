import { filteredTasks } from '../../../../core/sdk/store/lists.ts'
import {
  conditionsOfDeliveries,
  conditionsOfTasks,
  type PageCondition,
  type PageQuery,
  pageSize,
  toPageQuery,
} from '../../../../core/sdk/store/pages.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { readFilteredTasks, toDeliveryQuery } from '../read/list-query.ts'
import { LISTED_TASKS, rows, SUMMARIES } from '../read/rows.ts'

const TASK_IDS = 'SELECT id FROM tasks'
// SQLite cannot know that a delivery has few tasks.
const IDS_OF_DELIVERY = `${TASK_IDS} INDEXED BY tasks_of_delivery`
const DELIVERY_IDS = 'SELECT id FROM deliveries'

type Names = 'listedTasks' | 'listedDeliveries' | 'tasksAmong' | 'deliveriesAmong'

/** What searches ask of the lists. */
export function createSearchHandlers({ database }: HandlerContext): Handlers<Names> {
  const idsOf = ({ sql, values, size }: PageQuery): readonly string[] =>
    database
      .prepare(sql)
      .all(...values)
      .slice(0, size)
      .map((row) => row['id'] as string)
  const among = (select: string, ids: readonly string[], where: readonly PageCondition[]) =>
    database
      .prepare(queryAmong(select, where))
      .all(JSON.stringify(ids), ...where.map(([, value]) => value))

  return {
    listedTasks([filter, bounds]) {
      const list = filteredTasks(filter)
      if (list !== null) {
        const found = readFilteredTasks(database, { filter, list, select: TASK_IDS, bounds })
        return found.slice(0, pageSize(bounds.limit)).map((row) => row['id'] as string)
      }
      const where = conditionsOfTasks(filter)
      return idsOf(toPageQuery({ select: IDS_OF_DELIVERY, where, ...bounds }))
    },
    listedDeliveries: ([filter, bounds]) => idsOf(toDeliveryQuery(filter, DELIVERY_IDS, bounds)),
    tasksAmong: ([filter, ids]) =>
      among(LISTED_TASKS, ids, conditionsOfTasks(filter)).map(rows.toTask),
    deliveriesAmong: ([filter, ids]) =>
      among(SUMMARIES, ids, conditionsOfDeliveries(filter)).map(rows.toSummary),
  }
}

function queryAmong(select: string, where: readonly PageCondition[]): string {
  const conditions = ['id IN (SELECT value FROM json_each(?))', ...where.map(([sql]) => sql)]
  return `${select} WHERE ${conditions.join(' AND ')} ORDER BY id DESC`
}
