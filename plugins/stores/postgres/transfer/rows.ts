import {
  onTransferConflict,
  TRANSFER_PAGE_BYTES,
  TRANSFER_PAGE_ROWS,
  TRANSFER_TABLES,
  type TransferKey,
  type TransferKind,
  type TransferRow,
  type TransferType,
  type TransferValue,
} from '../../../../core/sdk/store.ts'
import type { Row, Session } from '../database/database.ts'
import { indexableOrNull, readable, storable } from '../database/text.ts'

const SQL_TYPES: Readonly<Record<Exclude<TransferType, 'bytes'>, string>> = {
  text: 'text',
  integer: 'bigint',
  boolean: 'boolean',
}
const NO_BYTES = Buffer.alloc(0)

/** A column of the target that does not move. */
interface Derived {
  readonly name: string
  readonly value: string
}

// `derivedOf` makes those of the record `r` from the row.
const DERIVED: Partial<Record<TransferKind, readonly Derived[]>> = {
  events: [{ name: 'sender_key', value: 'r.sender_key' }],
  tasks: [
    { name: 'lane', value: 'r.lane' },
    {
      name: 'payload_bytes',
      value: `coalesce((
        SELECT coalesce(octet_length(e.payload), octet_length(d.body))
        FROM events e JOIN deliveries d ON d.id = e.delivery_id
        WHERE e.delivery_id = r.delivery_id AND e.id = r.event_id
      ), 0)`,
    },
  ],
}

/** Reads a page of rows. The database knows their sizes without reading them. */
export async function readRows(
  session: Session,
  kind: TransferKind,
  after: TransferKey | null,
): Promise<readonly TransferRow[]> {
  const values = (after ?? []).map((value) => (typeof value === 'string' ? storable(value) : value))
  const rows = await session.run(selectOf(kind, after !== null), values)
  const fields = Object.entries(TRANSFER_TABLES[kind].fields)
  return rows.map((row) => fields.map(([name, type]) => fromDatabase(type, row[name])))
}

/** Inserts rows; those that are there already stay. */
export async function insertRows(
  session: Session,
  kind: TransferKind,
  rows: readonly TransferRow[],
): Promise<void> {
  const bodies: Uint8Array[] = []
  let from = 1
  const records = rows.map((row) => {
    const record: Record<string, unknown> = {}
    for (const [index, name] of Object.keys(TRANSFER_TABLES[kind].fields).entries()) {
      const value = row[index]
      if (value instanceof Uint8Array) {
        Object.assign(record, { bytes_from: from, bytes: value.byteLength })
        bodies.push(value)
        from += value.byteLength
      } else record[name] = typeof value === 'string' ? storable(value) : value
    }
    return { ...record, ...derivedOf(kind, row) }
  })
  const bytes = bodies.length === 0 ? NO_BYTES : Buffer.concat(bodies)
  await session.run(insertOf(kind), [JSON.stringify(records), bytes])
}

function derivedOf(kind: TransferKind, row: TransferRow): Row {
  const text = (name: string) =>
    (row[Object.keys(TRANSFER_TABLES[kind].fields).indexOf(name)] ?? null) as string | null
  if (kind === 'events') return { sender_key: indexableOrNull(text('sender_id')) }
  return kind === 'tasks' ? { lane: indexableOrNull(text('policy_key')) } : {}
}

function selectOf(kind: TransferKind, hasAfter: boolean): string {
  const { names, keys, sizes } = columnsOf(kind)
  const place = hasAfter
    ? `WHERE (${keys.join(', ')}) > (${keys.map((_, index) => `$${index + 1}`).join(', ')})`
    : ''
  const order = `ORDER BY ${keys.join(', ')}`
  return `
    SELECT ${names.join(', ')} FROM (
      SELECT *, sum(size) OVER (${order} ROWS UNBOUNDED PRECEDING) - size AS before FROM (
        SELECT ${names.join(', ')}, ${sizes} AS size FROM ${kind} ${place} ${order} LIMIT ${TRANSFER_PAGE_ROWS}
      ) AS page
    ) AS sized WHERE before < ${TRANSFER_PAGE_BYTES} ${order}`
}

function insertOf(kind: TransferKind): string {
  const { names } = columnsOf(kind)
  const derived = DERIVED[kind] ?? []
  const types = Object.values(TRANSFER_TABLES[kind].fields)
  const values = names.map((name, index) =>
    types[index] === 'bytes' ? 'substring($2::bytea FROM r.bytes_from FOR r.bytes)' : `r.${name}`,
  )
  const record = names.flatMap((name, index) => {
    const type = types[index] ?? 'text'
    return type === 'bytes' ? [] : [`${name} ${SQL_TYPES[type]}`]
  })
  const more = ['sender_key text', 'lane text', 'bytes_from integer', 'bytes integer']
  return `
    INSERT INTO ${kind} (${[...names, ...derived.map(({ name }) => name)].join(', ')})
    SELECT ${[...values, ...derived.map(({ value }) => value)].join(', ')}
    FROM json_to_recordset($1::json) AS r (${[...record, ...more].join(', ')})
    WHERE $2::bytea IS NOT NULL
    ${onTransferConflict(kind)}`
}

// Quoted, since some are words of SQL too.
function columnsOf(kind: TransferKind) {
  const { fields, keyFields } = TRANSFER_TABLES[kind]
  const names = Object.keys(fields).map((name) => `"${name}"`)
  const lengths = Object.entries(fields)
    .filter(([, type]) => type === 'text' || type === 'bytes')
    .map(([name]) => `coalesce(octet_length("${name}"), 0)`)
  return { names, keys: names.slice(0, keyFields), sizes: ['0::bigint', ...lengths].join(' + ') }
}

function fromDatabase(type: TransferType, value: unknown): TransferValue {
  return type === 'text' && value !== null ? readable(value as string) : (value as TransferValue)
}
