import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  TRANSFER_TABLES,
  type TransferKey,
  type TransferKind,
  type TransferRow,
  type TransferValue,
} from '../../../core/index.ts'

const PAGE_ROWS = 1_000
const PAGE_BYTES = 8_388_608

/** Reads pages of rows. */
export function createRowReader(
  database: DatabaseSync,
): (kind: TransferKind, after: TransferKey | null) => readonly TransferRow[] {
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statement.setReturnArrays(true)
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
      if (bytes >= PAGE_BYTES) break
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
  const insert = database.prepare(insertOf(kind))
  for (const row of rows) {
    insert.run(...row.map((value) => (typeof value === 'boolean' ? Number(value) : value)))
  }
}

function selectOf(kind: TransferKind, hasAfter: boolean): string {
  const { names, keys } = columnsOf(kind)
  const place = hasAfter ? `WHERE (${keys}) > (${keys.replace(/\w+/g, '?')})` : ''
  return `SELECT ${names.join(', ')} FROM ${kind} ${place} ORDER BY ${keys} LIMIT ${PAGE_ROWS}`
}

function insertOf(kind: TransferKind): string {
  const { names, keys } = columnsOf(kind)
  // The row with the newest version is there from the start.
  const conflict =
    kind === 'document_versions' ? `(${keys}) DO UPDATE SET newest = excluded.newest` : 'DO NOTHING'
  const places = names.map(() => '?').join(', ')
  return `INSERT INTO ${kind} (${names.join(', ')}) VALUES (${places}) ON CONFLICT ${conflict}`
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
