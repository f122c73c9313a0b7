import { createHash, type Hash } from 'node:crypto'
import {
  TRANSFER_TABLES,
  type TransferKey,
  type TransferKind,
  type TransferRow,
  type TransferSource,
} from '../contracts/transfer.ts'

/** Number and hash of all rows of one kind in a store. */
export interface KindDigest {
  readonly rows: number
  /** SHA-256 over all rows in the order of their keys, as hex. */
  readonly hash: string
}

/** Reads and hashes all rows of a kind. The same rows have the same digest in any store. */
export async function digestOf(source: TransferSource, kind: TransferKind): Promise<KindDigest> {
  const hash = createHash('sha256')
  let rows = 0
  let page = await source.read(kind, null)
  while (page.length > 0) {
    const next = source.read(kind, lastKey(kind, page))
    for (const row of page) addRow(hash, row)
    rows += page.length
    page = await next
  }
  return { rows, hash: hash.digest('hex') }
}

/** The key of the last row; null if there is none. */
export function lastKey(kind: TransferKind, rows: readonly TransferRow[]): TransferKey | null {
  const key = rows.at(-1)?.slice(0, TRANSFER_TABLES[kind].keyFields)
  return (key ?? null) as TransferKey | null
}

/** Approximate size of a row in bytes. */
export function sizeOf(row: TransferRow): number {
  return row.reduce((bytes: number, value) => {
    if (typeof value === 'string') return bytes + Buffer.byteLength(value)
    return bytes + (value instanceof Uint8Array ? value.byteLength : 8)
  }, 0)
}

// Lengths of blobs come before their bytes, so that different rows never hash alike.
function addRow(hash: Hash, row: TransferRow): void {
  const blobs = row.filter((value) => value instanceof Uint8Array)
  const plain = row.map((value) =>
    value instanceof Uint8Array ? { bytes: value.byteLength } : value,
  )
  hash.update(`${JSON.stringify(plain)}\n`)
  for (const blob of blobs) hash.update(blob)
}
