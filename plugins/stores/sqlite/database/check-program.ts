import { constants, setPriority } from 'node:os'
import { DatabaseSync } from 'node:sqlite'

// Prints what is wrong with a database; nothing if nothing is.

const BUSY_TIMEOUT_MS = 5_000
const CORRUPT = 11
const NOT_A_DATABASE = 26

const path = process.argv[2] ?? ''
setPriority(constants.priority.PRIORITY_LOW)
try {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  const [row] = database.prepare('PRAGMA quick_check(1)').all()
  const found = String(Object.values(row ?? {})[0])
  if (found !== 'ok') console.log(found)
  database.close()
} catch (error) {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  if (code === CORRUPT || code === NOT_A_DATABASE) console.log((error as Error).message)
}
