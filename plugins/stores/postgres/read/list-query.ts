import {
  type DeliveryFilter,
  deadDeliveries,
  type FilteredList,
  filteredDeliveries,
  type PageBounds,
  type PageQuery,
  pageSize,
  toPageQuery,
} from '../../../../core/sdk/store.ts'

/** The query for one page of deliveries, newest first. */
export function toDeliveryQuery(
  filter: DeliveryFilter,
  select: string,
  bounds: PageBounds,
): PageQuery {
  const dead = deadDeliveries(filter, bounds)
  if (dead !== null) {
    const page = `WITH page AS MATERIALIZED (${dead.sql})`
    return { ...dead, sql: `${page} ${shownOf(select)}` }
  }
  const list = filteredDeliveries(filter)
  if (list === null) return toPageQuery({ select, where: [], ...bounds })
  return toListQuery(list, select, bounds)
}

/**
 * The query for one page of a list within filters, newest first. No estimate of the planner can make it read the whole
 * table: rows are found by their ids, and ids by ranges of the index. Only the kinds with the newest rows can be on the page:
 * at most as many as the page has rows. Of each of them, only as many rows are read. So a page costs as much as its
 * size and the number of kinds, however many rows the table has.
 */
export function toListQuery(
  list: FilteredList,
  select: string,
  { from, before, limit }: PageBounds,
): PageQuery {
  const size = pageSize(limit)
  return {
    sql: `
      WITH RECURSIVE ${list.kinds},
      newest AS MATERIALIZED (
        SELECT kind.*, (${idsOf(list, 'kind')} LIMIT 1) AS newest_id FROM kind
      ),
      used AS (
        SELECT * FROM newest WHERE newest_id IS NOT NULL ORDER BY newest_id DESC LIMIT ?
      ),
      page AS (
        SELECT ids.id FROM used CROSS JOIN LATERAL (${idsOf(list, 'used')} LIMIT ?) AS ids
        ORDER BY ids.id DESC LIMIT ?
      )
      ${shownOf(select)}`,
    values: [...list.values, from, before, size + 1, from, before, size + 1, size + 1],
    size,
  }
}

function shownOf(select: string): string {
  return `
      SELECT shown.* FROM page CROSS JOIN LATERAL (${select} WHERE id = page.id LIMIT 1) AS shown
      ORDER BY page.id DESC`
}

// As a range of the index. With conditions on single columns, Postgres may take the index of all ids instead, and look
// through it for the few that fit.
function idsOf({ table, columns }: FilteredList, kind: string): string {
  const listed = columns.map((column) => `listed.${column}`)
  const wanted = columns.map((column) => `${kind}.${column}`).join(', ')
  const row = `(${listed.join(', ')}, listed.id)`
  return `
    SELECT listed.id FROM ${table} AS listed
    WHERE ${row} >= (${wanted}, ?) AND ${row} < (${wanted}, ?)
    ORDER BY ${[...listed, 'listed.id'].map((column) => `${column} DESC`).join(', ')}`
}
