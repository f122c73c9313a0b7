import {
  type KeptPause,
  PAUSE_COLUMNS,
  pauseValues,
  toKeptPause,
} from '../../../../core/sdk/store/pauses.ts'
import type { PauseTarget } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'

const ALL = 'SELECT * FROM pauses ORDER BY kind, name'
const ONE = 'SELECT * FROM pauses WHERE kind = ? AND name = ?'
const PUT = `
  INSERT OR REPLACE INTO pauses (${PAUSE_COLUMNS.join(', ')})
  VALUES (${PAUSE_COLUMNS.map(() => '?').join(', ')})`
const REMOVE = 'DELETE FROM pauses WHERE kind = ? AND name = ?'

export type KeptPauses = ReturnType<typeof prepareKeptPauses>

/** The table of pauses. */
export function prepareKeptPauses(database: SqliteDatabase) {
  const all = database.prepare(ALL)
  const one = database.prepare(ONE)
  const put = database.prepare(PUT)
  const remove = database.prepare(REMOVE)

  return {
    list: (): readonly KeptPause[] => all.all().map((row) => toKeptPause(row, asItIs)),
    find({ kind, name }: PauseTarget): KeptPause | null {
      const row = one.get(kind, name)
      return row === undefined ? null : toKeptPause(row, asItIs)
    },
    put(pause: KeptPause): void {
      const values = pauseValues(pause)
      put.run(...values.map((value) => (typeof value === 'boolean' ? Number(value) : value)))
    },
    remove({ kind, name }: PauseTarget): void {
      remove.run(kind, name)
    },
  }
}

// Statements have made texts readable already.
function asItIs(text: string): string {
  return text
}
