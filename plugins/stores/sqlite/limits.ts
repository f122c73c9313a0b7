import type { ClaimedProgram } from '../../../core/index.ts'
import type { Database } from './database.ts'

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

/** Limits as claims name them, and the starts that rates count. */
export interface Limits {
  /** Takes what a claim names. What a changed rate, or a clock since set back, had put off is looked at again. */
  follow(programs: readonly ClaimedProgram[], now: number): void
  /** Whether an end of one task can let another one of the program start. */
  hasConcurrency(program: string): boolean
  /** When the rate lets a task of the key start: 0 where at once. */
  readyAt(program: string, key: string | null): number
  /** Counts a start, where the program has a rate. */
  countStart(program: string, key: string | null, now: number): void
}

interface Kept {
  readonly concurrency: number | null
  readonly rateCount: number | null
  readonly rateMs: number | null
}

export function prepareLimits(database: Database): Limits {
  const all = database.prepare(ALL)
  const ofProgram = database.prepare(OF_PROGRAM)
  const lastStart = database.prepare(LAST_START)
  const startAt = database.prepare(START_AT)
  const addStart = database.prepare(ADD_START)
  const dropOldStarts = database.prepare(DROP_OLD_STARTS)
  const startsAhead = database.prepare(STARTS_AHEAD)

  const find = (program: string): Kept | null => {
    const row = ofProgram.get(program)
    return row === undefined ? null : toKept(row)
  }
  const lastNumber = (program: string, key: string | null): number => {
    const number = lastStart.get(program, laneOf(key))?.['number']
    return typeof number === 'number' ? number : 0
  }

  return {
    follow(programs, now) {
      const kept = new Map(all.all().map((row) => [row['program'] as string, toKept(row)]))
      for (const program of programs) {
        change(database, program, kept.get(program.name) ?? NONE)
        if (program.rateLimit === null) continue
        // Started before the clock was set back: else nothing starts until it is as late again.
        const { changes } = startsAhead.run(now, program.name, now)
        if (changes > 0) database.prepare(UNDO_DELAYS).run(program.name)
      }
    },
    hasConcurrency: (program) => (find(program)?.concurrency ?? null) !== null,
    readyAt(program, key) {
      const { rateCount, rateMs } = find(program) ?? NONE
      if (rateCount === null || rateMs === null) return 0
      const number = lastNumber(program, key) - rateCount + 1
      const at = number < 1 ? undefined : startAt.get(program, laneOf(key), number)?.['at']
      return typeof at === 'number' ? at + rateMs : 0
    },
    countStart(program, key, now) {
      const { rateMs } = find(program) ?? NONE
      if (rateMs === null) return
      dropOldStarts.run(program, now - rateMs)
      addStart.run(program, laneOf(key), lastNumber(program, key) + 1, now)
    },
  }
}

const NONE: Kept = { concurrency: null, rateCount: null, rateMs: null }

function change(database: Database, program: ClaimedProgram, kept: Kept): void {
  const { name, concurrency, rateLimit } = program
  const rateCount = rateLimit?.count ?? null
  const rateMs = rateLimit === null ? null : Math.ceil(rateLimit.perSeconds * 1000)
  const isSameRate = rateCount === kept.rateCount && rateMs === kept.rateMs
  if (isSameRate && concurrency === kept.concurrency) return
  if (concurrency === null && rateLimit === null) database.prepare(FORGET).run(name)
  else database.prepare(KEEP).run(name, concurrency, rateCount, rateMs)
  if (isSameRate) return
  if (rateLimit === null) database.prepare(FORGET_STARTS).run(name)
  database.prepare(UNDO_DELAYS).run(name)
}

function toKept(row: Readonly<Record<string, unknown>>): Kept {
  return {
    concurrency: row['concurrency'] as number | null,
    rateCount: row['rate_count'] as number | null,
    rateMs: row['rate_ms'] as number | null,
  }
}

function laneOf(key: string | null): string {
  return key === null ? '' : `=${key}`
}
