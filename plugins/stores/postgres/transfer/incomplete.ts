import { HooklineError, type TransferState, toTransferState } from '../../../../core/sdk/store.ts'
import type { Session, Transaction } from '../database/database.ts'

const IS_TARGET = "SELECT to_regclass('transfer') IS NOT NULL AS is_target"
const READ = 'SELECT source, kind, after, finished_at FROM transfer'
const HOLD = `${READ} FOR UPDATE`

/** How far a move has filled the schema; null if none has begun to. */
function readState(session: Session): Promise<TransferState | null> {
  return find(session, READ)
}

/** The same, locked until the transaction ends. Waits for other transactions that change it. */
export function holdState(transaction: Transaction): Promise<TransferState | null> {
  return find(transaction, HOLD)
}

async function find(session: Session, sql: string): Promise<TransferState | null> {
  const [found] = await session.run(IS_TARGET)
  if (found?.['is_target'] !== true) return null
  const [row] = await session.run(sql)
  return row === undefined ? null : toTransferState(row)
}

/** Throws if a move has begun to fill the schema, and has not finished. */
export async function refuseIncomplete(session: Session, schema: string): Promise<void> {
  const state = await readState(session)
  if (state === null || state.finishedAt !== null) return
  throw new HooklineError(
    'store_incomplete',
    `The schema ${schema} is still being filled from another store`,
  )
}
