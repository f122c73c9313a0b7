import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { damaged } from './fault.ts'

/** Up to this size, a start waits for the check, which takes about 0.1 s. A larger file is checked while it is used. */
const CHECK_FIRST_BYTES = 8_388_608

/** Whether a start waits for the check. */
export function isSmall(path: string): boolean {
  return statSync(path).size <= CHECK_FIRST_BYTES
}

/** Throws `store_damaged` if pages of the database contradict each other. */
export function checkNow(database: DatabaseSync, path: string): void {
  const [row] = database.prepare('PRAGMA quick_check(1)').all()
  const found = String(Object.values(row ?? {})[0])
  if (found !== 'ok') throw damaged(path, found)
}
