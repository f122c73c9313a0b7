import type { Page } from '../../../core/index.ts'
import type { Row, Session } from './database.ts'
import { storable } from './text.ts'

const MAX_PAGE = 200

interface PageRequest {
  readonly select: string
  /** SQL conditions, where `?` stands for their value; null where a condition has none. */
  readonly where: readonly (readonly [sql: string, value: string | null])[]
  readonly after: string | undefined
  readonly limit: number
}

/** Reads one page, newest first: ids sort by time, so that the last id of a page is where the next one starts. */
export async function readPage<Item extends { readonly id: string }>(
  session: Session,
  { select, where, after, limit }: PageRequest,
  toItem: (row: Row) => Item,
): Promise<Page<Item>> {
  const size = Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE)
  const conditions = after === undefined ? where : [...where, ['id < ?', after] as const]
  const values: (string | number)[] = []
  const texts = conditions.map(([text, value]) => {
    if (value === null) return text
    values.push(storable(value))
    return text.replace('?', `$${values.length}`)
  })
  values.push(size + 1)
  const sql = [
    select,
    texts.length > 0 ? `WHERE ${texts.join(' AND ')}` : '',
    `ORDER BY id DESC LIMIT $${values.length}`,
  ].join(' ')
  const rows = await session.run(sql, values)
  const items = rows.slice(0, size).map(toItem)
  return { items, next: rows.length > size ? (items.at(-1)?.id ?? null) : null }
}
