import type { DatabaseSync } from 'node:sqlite'
import { StoreFault } from '../database/fault.ts'

const IS_TARGET = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'transfer'"
const IS_UNFINISHED = 'SELECT 1 FROM transfer WHERE finished_at IS NULL'

/** Throws if a move has begun to fill the database, and has not finished. */
export function refuseIncomplete(database: DatabaseSync, path: string): void {
  if (!isTarget(database) || database.prepare(IS_UNFINISHED).get() === undefined) return
  throw new StoreFault('store_incomplete', `${path} is still being filled from another store.`)
}

/** Whether a move has ever begun to fill the database. */
export function isTarget(database: DatabaseSync): boolean {
  return database.prepare(IS_TARGET).get() !== undefined
}
