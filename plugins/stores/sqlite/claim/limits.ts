import {
  changeOfLimits,
  isLimited,
  NO_LIMITS,
  readLimits,
  toKeptLimits,
} from '../../../../core/sdk/store/limits.ts'
import type { ClaimedProgram, KeptLimits } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'

const ALL = 'SELECT program, concurrency, rate_count, rate_ms FROM limits'
const OF_PROGRAM = 'SELECT concurrency, rate_count, rate_ms FROM limits WHERE program = ?'
const KEEP = `
  INSERT INTO limits (program, concurrency, rate_count, rate_ms) VALUES (?, ?, ?, ?)
  ON CONFLICT (program) DO UPDATE SET concurrency = excluded.concurrency, rate_count = excluded.rate_count,
    rate_ms = excluded.rate_ms`
const FORGET = 'DELETE FROM limits WHERE program = ?'
const FORGET_STARTS = 'DELETE FROM starts WHERE program = ?'
const UNDO_DELAYS =
  'UPDATE lanes SET ready_at = head_due_at WHERE program = ? AND ready_at > head_due_at'
const LAST_START = 'SELECT max(number) AS number FROM starts WHERE program = ? AND lane = ?'
const START_AT = 'SELECT at FROM starts WHERE program = ? AND lane = ? AND number = ?'
const ADD_START = 'INSERT INTO starts (program, lane, number, at) VALUES (?, ?, ?, ?)'
const STARTS_AHEAD = 'UPDATE starts SET at = ? WHERE program = ? AND at > ?'
const DROP_OLD_STARTS = 'DELETE FROM starts WHERE program = ? AND at <= ?'

export type Limits = ReturnType<typeof prepareLimits>

/** Limits as the newest claims name them, and the starts that rates count. */
export function prepareLimits(database: SqliteDatabase) {
  const all = database.prepare(ALL)
  const ofProgram = database.prepare(OF_PROGRAM)
  const lastStart = database.prepare(LAST_START)
  const startAt = database.prepare(START_AT)
  const addStart = database.prepare(ADD_START)
  const dropOldStarts = database.prepare(DROP_OLD_STARTS)
  const startsAhead = database.prepare(STARTS_AHEAD)

  const find = (program: string): KeptLimits => {
    const row = ofProgram.get(program)
    return row === undefined ? NO_LIMITS : readLimits(row)
  }
  const lastNumber = (program: string, key: string | null): number => {
    const number = lastStart.get(program, nameOf(key))?.['number']
    return typeof number === 'number' ? number : 0
  }

  return {
    /** Keeps what a claim names. What an older rate, or a clock that was set back since, held up is looked at again. */
    follow(programs: readonly ClaimedProgram[], now: number): void {
      const kept = new Map(all.all().map((row) => [row['program'] as string, readLimits(row)]))
      for (const program of programs) {
        change(database, program, kept.get(program.name) ?? NO_LIMITS)
        if (program.rateLimit === null) continue
        // These started before the clock was set back. Otherwise nothing would start until it is as late again.
        const { changes } = startsAhead.run(now, program.name, now)
        if (changes > 0) database.prepare(UNDO_DELAYS).run(program.name)
      }
    },
    /** When the rate lets a task of the key start; 0 if at once. */
    readyAt(program: string, key: string | null): number {
      const { rateCount, rateMs } = find(program)
      if (rateCount === null || rateMs === null) return 0
      const number = lastNumber(program, key) - rateCount + 1
      const at = number < 1 ? undefined : startAt.get(program, nameOf(key), number)?.['at']
      return typeof at === 'number' ? at + rateMs : 0
    },
    /** Counts a start, if the program has a rate. */
    countStart(program: string, key: string | null, now: number): void {
      const { rateMs } = find(program)
      if (rateMs === null) return
      dropOldStarts.run(program, now - rateMs)
      addStart.run(program, nameOf(key), lastNumber(program, key) + 1, now)
    },
  }
}

function change(database: SqliteDatabase, program: ClaimedProgram, kept: KeptLimits): void {
  const wanted = toKeptLimits(program)
  const changed = changeOfLimits(kept, wanted)
  if (changed === 'none') return
  const { concurrency, rateCount, rateMs } = wanted
  if (isLimited(program)) {
    database.prepare(KEEP).run(program.name, concurrency, rateCount, rateMs)
  } else database.prepare(FORGET).run(program.name)
  if (changed !== 'rate') return
  if (rateMs === null) database.prepare(FORGET_STARTS).run(program.name)
  database.prepare(UNDO_DELAYS).run(program.name)
}

function nameOf(key: string | null): string {
  return key === null ? '' : `=${key}`
}
