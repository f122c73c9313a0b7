import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { readable, storable } from '../../../../core/sdk/store/text.ts'

type Row = Record<string, SQLOutputValue>

/** A prepared statement that takes and returns any text and any bytes. */
export interface Statement {
  run(...values: readonly SQLInputValue[]): ReturnType<StatementSync['run']>
  get(...values: readonly SQLInputValue[]): Row | undefined
  all(...values: readonly SQLInputValue[]): Row[]
  iterate(...values: readonly SQLInputValue[]): Iterable<Row>
}

/** Node.js 22 and 24 take no bytes for null, unless they are part of some. */
const NO_BYTES = new Uint8Array(1).subarray(0, 0)

export function createStatement(statement: StatementSync): Statement {
  return {
    run: (...values) => statement.run(...values.map(toSqlite)),
    get(...values) {
      const row = statement.get(...values.map(toSqlite))
      return row === undefined ? undefined : fromSqlite(row)
    },
    all: (...values) => statement.all(...values.map(toSqlite)).map(fromSqlite),
    *iterate(...values) {
      for (const row of statement.iterate(...values.map(toSqlite))) yield fromSqlite(row)
    },
  }
}

function toSqlite(value: SQLInputValue): SQLInputValue {
  if (typeof value === 'string') return storable(value)
  return value instanceof Uint8Array && value.byteLength === 0 ? NO_BYTES : value
}

/** Changes the row itself, an object or an array of values. */
function fromSqlite(row: Row): Row {
  for (const name in row) {
    const value = row[name]
    if (typeof value === 'string') row[name] = readable(value)
  }
  return row
}
