import type { DatabaseSync } from 'node:sqlite'
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
      const values = row as unknown as TransferValue[]
      rows.push(fromDatabase(kind, values))
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
    insert.run(...row.map((value) => (typeof value === 'boolean' ? Number(value) : value)))
  }
  if (kind !== 'events') return
  const keys = [rows[0], rows.at(-1)].flatMap((row) => row?.slice(0, 2) as string[])
  createStatement(database.prepare(KEEP_SENDER_IDS)).run(...keys)
}

function selectOf(kind: TransferKind, hasAfter: boolean): string {
  const { names, keys } = columnsOf(kind)
  const place = hasAfter ? `WHERE (${keys}) > (${keys.replace(/\w+/g, '?')})` : ''
  return `SELECT ${names.join(', ')} FROM ${kind} ${place} ORDER BY ${keys} LIMIT ${TRANSFER_PAGE_ROWS}`
}

function insertOf(kind: TransferKind): string {
  const { names } = columnsOf(kind)
  const places = names.map(() => '?').join(', ')
  return `INSERT INTO ${kind} (${names.join(', ')}) VALUES (${places}) ${onTransferConflict(kind)}`
}

function columnsOf(kind: TransferKind): { readonly names: string[]; readonly keys: string } {
  const { fields, keyFields } = TRANSFER_TABLES[kind]
  const names = Object.keys(fields)
  return { names, keys: names.slice(0, keyFields).join(', ') }
}

function fromDatabase(kind: TransferKind, values: readonly TransferValue[]): TransferRow {
  const types = Object.values(TRANSFER_TABLES[kind].fields)
  return values.map((value, index) =>
    types[index] === 'boolean' && value !== null ? value === 1 : value,
  )
}

function sizeOf(values: readonly TransferValue[]): number {
  return values.reduce((bytes: number, value) => {
    if (typeof value === 'string') return bytes + value.length
    return bytes + (value instanceof Uint8Array ? value.byteLength : 8)
  }, 0)
}
