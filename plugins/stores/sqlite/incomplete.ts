import type { DatabaseSync } from 'node:sqlite'
import { StoreFault } from './fault.ts'

const IS_TARGET = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'transfer'"
const IS_UNFINISHED = 'SELECT 1 FROM transfer WHERE finished_at IS NULL'

/** Throws where the database has been begun to be filled from another store, and is not whole yet. */
export function refuseIncomplete(database: DatabaseSync, path: string): void {
  if (!isTarget(database) || database.prepare(IS_UNFINISHED).get() === undefined) return
  throw new StoreFault('store_incomplete', `${path} is still being filled from another store.`)
}

/** Whether the database was ever begun to be filled from another store. */
export function isTarget(database: DatabaseSync): boolean {
  return database.prepare(IS_TARGET).get() !== undefined
}
