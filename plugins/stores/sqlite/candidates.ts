import type { ClaimedProgram } from '../../../core/index.ts'
import type { Database } from './database.ts'
import type { Place } from './lanes.ts'
import type { Slots } from './slots.ts'

// Tasks without a key come straight from an index of the waiting ones; of each key only its first is read. The levels
// are walked one by one, since only within a level an index is in order of time.
const LEVEL = `
  SELECT priority FROM tasks
  WHERE state = 'waiting' AND policy_key IS NULL AND program = ? AND priority < ?
  ORDER BY priority DESC LIMIT 1`
const DUE = `
  SELECT id, due_at AS at FROM tasks
  WHERE state = 'waiting' AND policy_key IS NULL AND program = ? AND priority = ? AND due_at <= ?
  ORDER BY due_at, id LIMIT ?`
const LANE_LEVEL = `
  SELECT priority FROM lanes WHERE program = ? AND priority < ? ORDER BY priority DESC LIMIT 1`
const READY_LANES = `
  SELECT head_id AS id, ready_at AS at, policy_key FROM lanes
  WHERE program = ? AND priority = ? AND ready_at <= ? ORDER BY ready_at, head_id LIMIT ?`
const NO_LEVEL = 2 ** 31

/** A waiting task that may be claimed, as far as only time counts. */
export interface Candidate extends Place {
  readonly id: string
  /** Since when. */
  readonly at: number
}

interface Search {
  readonly program: ClaimedProgram
  readonly slots: Slots
  readonly now: number
  readonly limit: number
}

/** At least the first `limit` tasks of a program for which there may be room. */
export function findCandidates(database: Database, search: Search): readonly Candidate[] {
  return [...dueTasks(database, search), ...readyHeads(database, search)]
}

/** By priority, then by time, then by id. */
export function compareCandidates(one: Candidate, other: Candidate): number {
  return (
    other.priority - one.priority ||
    one.at - other.at ||
    (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
  )
}

/** Priorities of a program's waiting tasks without a key, the highest first. */
export function taskLevels(database: Database, program: string): Iterable<number> {
  return levels(database, LEVEL, program)
}

/** Priorities of a program's lanes, the highest first. */
export function laneLevels(database: Database, program: string): Iterable<number> {
  return levels(database, LANE_LEVEL, program)
}

function* levels(database: Database, sql: string, program: string): Iterable<number> {
  const statement = database.prepare(sql)
  for (let below = NO_LEVEL; ; ) {
    const level = statement.get(program, below)?.['priority']
    if (typeof level !== 'number') return
    yield level
    below = level
  }
}

function dueTasks(database: Database, search: Search): readonly Candidate[] {
  const { program, slots, now, limit } = search
  const found: Candidate[] = []
  if (slots.isFull(null)) return found
  const due = database.prepare(DUE)
  for (const priority of taskLevels(database, program.name)) {
    for (const row of due.all(program.name, priority, now, limit - found.length)) {
      const place = { program: program.name, key: null, priority }
      found.push({ ...place, id: row['id'] as string, at: row['at'] as number })
    }
    if (found.length >= limit) break
  }
  return found
}

function readyHeads(database: Database, search: Search): readonly Candidate[] {
  const { program, slots, now, limit } = search
  const found: Candidate[] = []
  const ready = database.prepare(READY_LANES)
  for (const priority of laneLevels(database, program.name)) {
    for (const row of ready.all(program.name, priority, now, limit + slots.fullKeys)) {
      const key = row['policy_key'] as string
      if (slots.isFull(key)) continue
      const place = { program: program.name, key, priority }
      found.push({ ...place, id: row['id'] as string, at: row['at'] as number })
    }
    if (found.length >= limit) break
  }
  return found
}
