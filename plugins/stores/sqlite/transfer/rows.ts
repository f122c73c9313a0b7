import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import {
  onTransferConflict,
  TRANSFER_PAGE_BYTES,
  TRANSFER_PAGE_ROWS,
  TRANSFER_TABLES,
  type TransferKey,
  type TransferKind,
  type TransferRow,
  type TransferValue,
} from '../../../../core/sdk/store.ts'
import { packBody, unpackBody } from '../bodies/bodies.ts'
import { createStatement, type Statement } from '../database/statement.ts'

const KEEP_SENDER_IDS = `
  INSERT OR IGNORE INTO sender_ids (source, sender_id, delivery_id)
  SELECT source, sender_id, delivery_id FROM events
  WHERE (delivery_id, id) >= (?, ?) AND (delivery_id, id) <= (?, ?) AND sender_id IS NOT NULL`

/** Reads pages of rows. */
export function createRowReader(
  database: DatabaseSync,
): (kind: TransferKind, after: TransferKey | null) => readonly TransferRow[] {
  const statements = new Map<string, Statement>()
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const prepared = database.prepare(sql)
    prepared.setReturnArrays(true)
    const statement = createStatement(prepared)
    statements.set(sql, statement)
    return statement
  }
  return (kind, after) => {
    const statement = prepare(selectOf(kind, after !== null))
    const rows: TransferRow[] = []
    let bytes = 0
    for (const row of statement.iterate(...(after ?? []))) {
      const values = fromDatabase(kind, row as unknown as TransferValue[])
      rows.push(values)
      bytes += sizeOf(values)
      if (bytes >= TRANSFER_PAGE_BYTES) break
    }
    return rows
  }
}

/** Inserts rows; those that are there already stay. */
export function insertRows(
  database: DatabaseSync,
  kind: TransferKind,
  rows: readonly TransferRow[],
): void {
  const insert = createStatement(database.prepare(insertOf(kind)))
  for (const row of rows) {
    insert.run(...toDatabase(kind, row))
  }
  if (kind !== 'events') return
  const keys = [rows[0], rows.at(-1)].flatMap((row) => row?.slice(0, 2) as string[])
  createStatement(database.prepare(KEEP_SENDER_IDS)).run(...keys)
}

function selectOf(kind: TransferKind, hasAfter: boolean): string {
  const { columns, keys } = columnsOf(kind)
  const place = hasAfter ? `WHERE (${keys}) > (${keys.replace(/\w+/g, '?')})` : ''
  return `SELECT ${columns.join(', ')} FROM ${kind} ${place} ORDER BY ${keys} LIMIT ${TRANSFER_PAGE_ROWS}`
}

function insertOf(kind: TransferKind): string {
  const { columns } = columnsOf(kind)
  const places = columns.map(() => '?').join(', ')
  return `INSERT INTO ${kind} (${columns.join(', ')}) VALUES (${places}) ${onTransferConflict(kind)}`
}

function columnsOf(kind: TransferKind): { readonly columns: string[]; readonly keys: string } {
  const { fields, keyFields } = TRANSFER_TABLES[kind]
  const names = Object.keys(fields)
  const keys = names.slice(0, keyFields).join(', ')
  // The last field of a delivery is its body.
  return { columns: kind === 'deliveries' ? [...names, 'unpacked_bytes'] : names, keys }
}

function fromDatabase(kind: TransferKind, values: readonly TransferValue[]): TransferRow {
  if (kind === 'deliveries') {
    const [body, bytes] = values.slice(-2) as [Uint8Array, number | null]
    return [...values.slice(0, -2), unpackBody(body, bytes, values[0] as string)]
  }
  const types = Object.values(TRANSFER_TABLES[kind].fields)
  return values.map((value, index) =>
    types[index] === 'boolean' && value !== null ? value === 1 : value,
  )
}

function toDatabase(kind: TransferKind, row: TransferRow): SQLInputValue[] {
  const values = row.map((value) => (typeof value === 'boolean' ? Number(value) : value))
  if (kind !== 'deliveries') return values
  return [...values.slice(0, -1), ...packBody(values.at(-1) as Uint8Array)]
}

function sizeOf(values: readonly TransferValue[]): number {
  return values.reduce((bytes: number, value) => {
    if (typeof value === 'string') return bytes + value.length
    return bytes + (value instanceof Uint8Array ? value.byteLength : 8)
  }, 0)
}
