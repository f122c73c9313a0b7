import type { SQLOutputValue } from 'node:sqlite'
import type { Page } from '../../../core/index.ts'
import type { Database } from './database.ts'

const MAX_PAGE = 200

type Row = Readonly<Record<string, SQLOutputValue>>

interface PageRequest {
  readonly select: string
  /** SQL conditions, each with the value of its one parameter, or null where it has none. */
  readonly where: readonly (readonly [sql: string, value: string | null])[]
  readonly after: string | undefined
  readonly limit: number
}

/** Reads one page, newest first: ids sort by time, so that the last id of a page is where the next one starts. */
export function readPage<Item extends { readonly id: string }>(
  database: Database,
  { select, where, after, limit }: PageRequest,
  toItem: (row: Row) => Item,
): Page<Item> {
  const size = Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE)
  const conditions = after === undefined ? where : [...where, ['id < ?', after] as const]
  const sql = [
    select,
    conditions.length > 0 ? `WHERE ${conditions.map(([text]) => text).join(' AND ')}` : '',
    'ORDER BY id DESC LIMIT ?',
  ].join(' ')
  const values = conditions.flatMap(([, value]) => (value === null ? [] : [value]))
  const rows = database.prepare(sql).all(...values, size + 1)
  const items = rows.slice(0, size).map(toItem)
  return { items, next: rows.length > size ? (items.at(-1)?.id ?? null) : null }
}
