import {
  type KeptPause,
  PAUSE_COLUMNS,
  type PauseTarget,
  pauseValues,
  toKeptPause,
} from '../../../../core/sdk/store.ts'
import type { Row, Session } from '../database/database.ts'
import { readable, storable } from '../database/text.ts'

const COLUMNS = PAUSE_COLUMNS.join(', ')
const ALL = `SELECT ${COLUMNS} FROM pauses ORDER BY kind, name`
const ONE = `SELECT ${COLUMNS} FROM pauses WHERE kind = $1 AND name = $2`
const RESUMING = `SELECT ${COLUMNS} FROM pauses WHERE is_resuming ORDER BY kind, name FOR SHARE`
const PUT = `
  INSERT INTO pauses (${COLUMNS}) VALUES (${PAUSE_COLUMNS.map((_, index) => `$${index + 1}`).join(', ')})
  ON CONFLICT (kind, name) DO UPDATE SET ${PAUSE_COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')}`
const REMOVE = 'DELETE FROM pauses WHERE kind = $1 AND name = $2'

export async function listPauses(session: Session): Promise<readonly KeptPause[]> {
  return (await session.run(ALL)).map(readPause)
}

/** Pauses that are being resumed. They do not change until the transaction ends. */
export async function holdResuming(session: Session): Promise<readonly KeptPause[]> {
  return (await session.run(RESUMING)).map(readPause)
}

/** One pause; `FOR UPDATE` if it is to be changed by a transaction that is not alone. */
export async function findPause(
  session: Session,
  { kind, name }: PauseTarget,
  lock: '' | ' FOR UPDATE' = '',
): Promise<KeptPause | null> {
  const [row] = await session.run(ONE + lock, [kind, storable(name)])
  return row === undefined ? null : readPause(row)
}

export async function putPause(session: Session, pause: KeptPause): Promise<void> {
  const values = pauseValues(pause)
  await session.run(
    PUT,
    values.map((value) => (typeof value === 'string' ? storable(value) : value)),
  )
}

export async function removePause(session: Session, { kind, name }: PauseTarget): Promise<void> {
  await session.run(REMOVE, [kind, storable(name)])
}

/** Reads a row with all columns of the pauses. */
export function readPause(row: Row): KeptPause {
  return toKeptPause(row, readable)
}
