import type { DeliveryFilter, TaskFilter } from '../../contracts/store.ts'
import { TASK_STATES } from '../../contracts/task.ts'
import { conditionsOfTasks, type PageBounds, type PageQuery, pageSize } from './pages.ts'

/** Enough for a page of anything that makes up a twentieth of the newest tasks. */
const LOOKED_THROUGH = 1_000

/**
 * A table whose rows are listed newest first, within any of several filters. One index serves all of them: on `columns`,
 * then on the id. Rows that are equal in all these columns are of one kind. However many rows there are, there are few
 * kinds, and the index has the rows of each kind in order.
 */
interface ListedTable {
  readonly table: string
  /** The columns that have filters, in the order of the index. */
  readonly columns: readonly [string, ...string[]]
  /** All values of the first column. */
  readonly firstValues: readonly string[]
}

const TASKS: ListedTable = {
  table: 'tasks',
  columns: ['state', 'rule', 'program', 'source'],
  firstValues: TASK_STATES,
}
const DELIVERIES: ListedTable = {
  table: 'deliveries',
  columns: ['outcome', 'source'],
  firstValues: ['accepted', 'duplicate', 'refused'],
}

/** A list within filters. */
export interface FilteredList {
  readonly table: string
  readonly columns: readonly string[]
  /** SQL for WITH RECURSIVE. It defines the table `kind`: each kind of row within the filters, with all `columns`. */
  readonly kinds: string
  /** A value for each `?` in `kinds`. */
  readonly values: readonly string[]
}

/** Null if nothing is filtered, or if the filter names a delivery, whose tasks are few and have an index of their own. */
export function filteredTasks(filter: TaskFilter): FilteredList | null {
  const { state, rule, program, source, deliveryId } = filter
  // What waits for an approval is little, and has an index of its own.
  const isFew = deliveryId !== undefined || filter.approval !== undefined
  return isFew ? null : filteredList(TASKS, [state, rule, program, source])
}

/**
 * The tasks of a filtered page among the newest ones within its bounds. If these fill the page, it need not be read kind by
 * kind: there are as many kinds as rules, or more. Null if the filter names a rule, which has few.
 */
export function recentTasks(
  filter: TaskFilter,
  select: string,
  { from, before, limit }: PageBounds,
): PageQuery | null {
  if (filter.rule !== undefined) return null
  const conditions = conditionsOfTasks(filter)
  const size = pageSize(limit)
  return {
    sql: `
      ${select} WHERE id IN (
        SELECT id FROM (
          SELECT id, ${TASKS.columns.join(', ')} FROM tasks WHERE id >= ? AND id < ?
          ORDER BY id DESC LIMIT ${LOOKED_THROUGH}
        ) AS recent
        WHERE ${conditions.map(([sql]) => sql).join(' AND ')} ORDER BY id DESC LIMIT ?
      ) ORDER BY id DESC`,
    values: [from, before, ...conditions.map(([, value]) => value), size + 1],
    size,
  }
}

/** Null if nothing is filtered. */
export function filteredDeliveries({ outcome, source }: DeliveryFilter): FilteredList | null {
  return filteredList(DELIVERIES, [outcome, source])
}

/**
 * The ids of deliveries that have a dead task, newest first. Null if the filter does not ask for them. Two indexes have
 * only the dead tasks: `tasks_dead` on the delivery, and `tasks_dead_of_source` on the source and the delivery.
 *
 * @param using SQL that makes a database use an index, which is named after it
 */
export function deadDeliveries(
  { state, source, outcome = 'accepted' }: DeliveryFilter,
  { from, before, limit }: PageBounds,
  using?: 'INDEXED BY',
): PageQuery | null {
  if (state !== 'dead') return null
  const size = pageSize(limit)
  const index = source === undefined ? 'tasks_dead' : 'tasks_dead_of_source'
  return {
    sql: `
      SELECT DISTINCT delivery_id AS id FROM tasks${using === undefined ? '' : ` ${using} ${index}`}
      WHERE state = 'dead'${source === undefined ? '' : ' AND source = ?'}
        AND delivery_id >= ? AND delivery_id < ? AND 'accepted' = ?
      ORDER BY delivery_id DESC LIMIT ?`,
    values: [...(source === undefined ? [] : [source]), from, before, outcome, size + 1],
    size,
  }
}

function filteredList(
  { table, columns, firstValues }: ListedTable,
  filters: readonly (string | undefined)[],
): FilteredList | null {
  if (filters.every((value) => value === undefined)) return null
  const [firstFilter, ...otherFilters] = filters
  const firsts = firstFilter === undefined ? firstValues : [firstFilter]
  const [first, ...others] = columns
  // Filters on the next columns of the index narrow the search. Those on later columns choose among what is found.
  const isGiven = (column: string): boolean => otherFilters[others.indexOf(column)] !== undefined
  const firstOpen = others.findIndex((column) => !isGiven(column))
  const fixed = firstOpen < 0 ? others : others.slice(0, firstOpen)
  const open = others.slice(fixed.length)
  const chosen = open.filter(isGiven)
  const firstKinds = kindsAt(columns, {
    from: `(VALUES ${firsts.map(() => '(?)').join(', ')}) AS firsts`,
    table,
    id: firstId(
      table,
      [`${first} = firsts.column1`, ...fixed.map((column) => `${column} = ?`)],
      open,
    ),
  })
  const equal = (column: string): string => `${column} = passed.${column}`
  const laterKinds = kindsAt(columns, {
    from: 'passed',
    table,
    // Column by column, from the last one: SQLite does not use the whole index for a comparison of rows.
    id: `coalesce(${open
      .map((column, index) => {
        const same = [first, ...fixed, ...open.slice(0, index)].map(equal)
        return firstId(table, [...same, `${column} > passed.${column}`], open.slice(index))
      })
      .toReversed()
      .join(', ')}, NULL)`,
  })
  const passed = open.length === 0 ? firstKinds : `${firstKinds} UNION ALL ${laterKinds}`
  const within = chosen.map((column) => `${column} = ?`).join(' AND ')
  return {
    table,
    columns,
    kinds: `
      passed (${columns.join(', ')}) AS (${passed}),
      kind AS (SELECT * FROM passed${within === '' ? '' : ` WHERE ${within}`})`,
    values: [...firsts, ...otherFilters.filter((value) => value !== undefined)],
  }
}

interface KindSearch {
  readonly from: string
  readonly table: string
  /** SQL of the id of a row of the kind. */
  readonly id: string
}

function kindsAt(columns: readonly string[], { from, table, id }: KindSearch): string {
  const found = columns.map((column) => `found.${column}`).join(', ')
  return `SELECT ${found} FROM ${from} JOIN ${table} AS found ON found.id = ${id}`
}

// The first row of a kind in the index. The search leaves out all other rows of the kind before.
function firstId(table: string, where: readonly string[], order: readonly string[]): string {
  const inOrder = [...order, 'id'].join(', ')
  return `(SELECT id FROM ${table} WHERE ${where.join(' AND ')} ORDER BY ${inOrder} LIMIT 1)`
}
