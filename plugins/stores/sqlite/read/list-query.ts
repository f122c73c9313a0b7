import {
  deadDeliveries,
  type FilteredList,
  filteredDeliveries,
  recentTasks,
} from '../../../../core/sdk/store/lists.ts'
import {
  conditionsOfTasks,
  type PageBounds,
  type PageQuery,
  pageSize,
  toPageQuery,
} from '../../../../core/sdk/store/pages.ts'
import type { DeliveryFilter, StoreRow, TaskFilter } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'

/** The query for one page of deliveries, newest first. */
export function toDeliveryQuery(
  filter: DeliveryFilter,
  select: string,
  bounds: PageBounds,
): PageQuery {
  const dead = deadDeliveries(filter, bounds, 'INDEXED BY')
  if (dead !== null) return { ...dead, sql: `${select} WHERE id IN (${dead.sql}) ORDER BY id DESC` }
  const list = filteredDeliveries(filter)
  if (list === null) return toPageQuery({ select, where: [], ...bounds })
  return toListQuery(list, select, bounds)
}

/** The rows of one page of tasks within filters, newest first, and one more if another page follows. */
export function readFilteredTasks(
  database: SqliteDatabase,
  { filter, list, select, bounds }: FilteredTasks,
): readonly StoreRow[] {
  const dead = deadTasks(filter, select, bounds)
  if (dead !== null) return database.prepare(dead.sql).all(...dead.values)
  const recent = recentTasks(filter, select, bounds)
  const found = recent === null ? [] : database.prepare(recent.sql).all(...recent.values)
  if (recent !== null && found.length > recent.size) return found
  const { sql, values } = toListQuery(list, select, bounds)
  return database.prepare(sql).all(...values)
}

/**
 * The query for one page of dead tasks, newest first. Few tasks die, so three indexes have them alone, in the order of the
 * list, and a page costs the same whatever else is stored. Null if the filter does not ask for them, or names a rule, which
 * has few kinds.
 */
export function deadTasks(
  filter: TaskFilter,
  select: string,
  { from, before, limit }: PageBounds,
): PageQuery | null {
  const { state, ...others } = filter
  const { rule, program, source } = others
  if (state !== 'dead' || rule !== undefined) return null
  const of = program !== undefined ? '_of_program' : source !== undefined ? '_of_source' : ''
  const conditions = conditionsOfTasks(others)
  const size = pageSize(limit)
  return {
    sql: `
      ${select} WHERE id IN (
        SELECT id FROM tasks INDEXED BY tasks_dead_listed${of}
        WHERE state = 'dead' AND id >= ? AND id < ? ${conditions.map(([sql]) => `AND ${sql}`).join(' ')}
        ORDER BY id DESC LIMIT ?
      ) ORDER BY id DESC`,
    values: [from, before, ...conditions.map(([, value]) => value), size + 1],
    size,
  }
}

interface FilteredTasks {
  readonly filter: TaskFilter
  readonly list: FilteredList
  readonly select: string
  readonly bounds: PageBounds
}

/**
 * The query for one page of a list within filters, newest first. It merges the kinds of the list: SQLite takes the rows
 * of a recursive query in the order of its ORDER BY, and each row that is taken brings in the next one of its kind. So a
 * page costs as much as its rows and the number of kinds, however many rows the table has.
 * https://www.sqlite.org/lang_with.html#controlling_depth_first_versus_breadth_first_search_of_a_tree_using_order_by
 */
export function toListQuery(
  list: FilteredList,
  select: string,
  { from, before, limit }: PageBounds,
): PageQuery {
  const columns = list.columns.join(', ')
  const size = pageSize(limit)
  return {
    sql: `
      WITH RECURSIVE ${list.kinds},
      page (${columns}, id) AS (
        SELECT ${columns}, ${newestId(list, 'kind', '?')} FROM kind
        UNION ALL
        SELECT ${columns}, ${newestId(list, 'page', 'page.id')} FROM page WHERE id IS NOT NULL
        ORDER BY ${list.columns.length + 1} DESC LIMIT ?
      )
      ${select} WHERE id IN (SELECT id FROM page) ORDER BY id DESC`,
    values: [...list.values, from, before, from, size + 1],
    size,
  }
}

function newestId({ table, columns }: FilteredList, kind: string, before: string): string {
  const same = columns.map((column) => `listed.${column} = ${kind}.${column}`).join(' AND ')
  return `(
    SELECT listed.id FROM ${table} AS listed WHERE ${same} AND listed.id >= ? AND listed.id < ${before}
    ORDER BY listed.id DESC LIMIT 1
  )`
}
