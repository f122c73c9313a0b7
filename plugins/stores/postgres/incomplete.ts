import { HooklineError } from '../../../core/index.ts'
import type { Row, Session, Transaction } from './database.ts'

const IS_TARGET = "SELECT to_regclass('transfer') IS NOT NULL AS is_target"
const READ = 'SELECT source, kind, after, finished_at FROM transfer'
const HOLD = `${READ} FOR UPDATE`

/** How far the schema was filled from another store; null where it never was. */
export function readState(session: Session): Promise<Row | null> {
  return find(session, READ)
}

/** The same, held until the transaction ends: what another one has changed is waited for. */
export function holdState(transaction: Transaction): Promise<Row | null> {
  return find(transaction, HOLD)
}

async function find(session: Session, sql: string): Promise<Row | null> {
  const [found] = await session.run(IS_TARGET)
  if (found?.['is_target'] !== true) return null
  const [row] = await session.run(sql)
  return row ?? null
}

/** Throws where the schema has been begun to be filled from another store, and is not whole yet. */
export async function refuseIncomplete(session: Session, schema: string): Promise<void> {
  const state = await readState(session)
  if (state === null || state['finished_at'] !== null) return
  throw new HooklineError(
    'store_incomplete',
    `The schema ${schema} is still being filled from another store`,
  )
}
