import type { DeliveryFilter, Page, TaskFilter, TimeSpan } from '../../contracts/lists.ts'
import { firstIdAt } from '../../kit/id.ts'
import { APPROVAL } from './approvals.ts'
import type { StoreRow } from './rows.ts'

const MAX_PAGE = 200
const MAX_AUDIT_PAGE = 1_000

/** A condition in SQL, with the value of its one `?`. */
export type PageCondition = readonly [sql: string, value: string]

/** The ids that a page may have: at least `from`, and less than `before`. */
export interface PageBounds {
  readonly from: string
  readonly before: string
  readonly limit: number
}

export interface PageRequest extends PageBounds {
  /** SQL up to the conditions. */
  readonly select: string
  readonly where: readonly PageCondition[]
}

export interface PageQuery {
  /** With a `?` for each value. */
  readonly sql: string
  readonly values: readonly (string | number)[]
  /** Rows on a page. One more is read, to know whether another page follows. */
  readonly size: number
}

const HAS_TASK_IN_STATE =
  'EXISTS (SELECT 1 FROM tasks WHERE tasks.delivery_id = deliveries.id AND tasks.state = ?)'

/** Later than every id. */
const NEWEST = '~'

/** The bounds of a page of tasks or deliveries. */
export function pageBounds(
  prefix: 'dlv' | 'tsk',
  { since, until, after = NEWEST, limit }: TimeSpan & Pick<TaskFilter, 'after' | 'limit'>,
): PageBounds {
  const end = until === undefined ? NEWEST : firstIdAt(prefix, until)
  return {
    from: since === undefined ? '' : firstIdAt(prefix, since),
    before: end < after ? end : after,
    limit,
  }
}

/** The query for one page, newest first: ids sort by time, so the last id of a page is where the next page starts. */
export function toPageQuery({ select, where, from, before, limit }: PageRequest): PageQuery {
  const conditions = [...where]
  if (from !== '') conditions.push(['id >= ?', from])
  if (before !== NEWEST) conditions.push(['id < ?', before])
  const texts = conditions.map(([sql]) => sql)
  const size = pageSize(limit)
  return {
    sql: [
      select,
      texts.length > 0 ? `WHERE ${texts.join(' AND ')}` : '',
      'ORDER BY id DESC LIMIT ?',
    ].join(' '),
    values: [...conditions.map(([, value]) => value), size + 1],
    size,
  }
}

export function toPage<Item extends { readonly id: string }>(
  rows: readonly StoreRow[],
  size: number,
  toItem: (row: StoreRow) => Item,
): Page<Item> {
  const items = rows.slice(0, size).map(toItem)
  return { items, next: rows.length > size ? (items.at(-1)?.id ?? null) : null }
}

/** Number of rows on a page of a list. */
export function pageSize(limit: number): number {
  return clamp(limit, MAX_PAGE)
}

/** Number of entries on a page of the audit log. */
export function auditPageSize(limit: number): number {
  return clamp(limit, MAX_AUDIT_PAGE)
}

/** The conditions on tasks. */
export function conditionsOfTasks(filter: TaskFilter): readonly PageCondition[] {
  const conditions = [
    ['delivery_id = ?', filter.deliveryId],
    ['state = ?', filter.state],
    ['rule = ?', filter.rule],
    ['program = ?', filter.program],
    ['source = ?', filter.source],
    ['parked_by = ?', filter.approval === 'pending' ? APPROVAL : undefined],
  ] as const
  return conditions.flatMap(([sql, value]) => (value === undefined ? [] : [[sql, value] as const]))
}

/** The conditions on deliveries. */
export function conditionsOfDeliveries(filter: DeliveryFilter): readonly PageCondition[] {
  const conditions = [
    ['source = ?', filter.source],
    ['outcome = ?', filter.outcome],
    [HAS_TASK_IN_STATE, filter.state === 'dead' ? filter.state : undefined],
  ] as const
  return conditions.flatMap(([sql, value]) => (value === undefined ? [] : [[sql, value] as const]))
}

function clamp(limit: number, most: number): number {
  return Math.min(Math.max(Math.trunc(limit), 1), most)
}
