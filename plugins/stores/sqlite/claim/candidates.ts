import type { ClaimCandidate, ClaimedProgram, StoreRow } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'
import type { PriorityLane } from './lanes.ts'
import type { Slots } from './slots.ts'

// Tasks without a key come straight from an index of the waiting ones; of each key only its first is read. The levels
// are walked one by one, since only within a level an index is in order of time.
const LEVEL = `
  SELECT priority FROM tasks
  WHERE state = 'waiting' AND policy_key IS NULL AND program = ? AND priority < ?
  ORDER BY priority DESC LIMIT 1`
// Where no task of the program has lost attempts, the index alone answers.
const due = (lost: string) => `
  SELECT id, due_at AS at, ${lost} AS lost FROM tasks
  WHERE state = 'waiting' AND policy_key IS NULL AND program = ? AND priority = ? AND due_at <= ?
  ORDER BY due_at, id LIMIT ?`
const LANE_LEVEL = `
  SELECT priority FROM lanes WHERE program = ? AND priority < ? ORDER BY priority DESC LIMIT 1`
const readyLanes = (lost: string) => `
  SELECT head_id AS id, ready_at AS at, policy_key, ${lost} AS lost FROM lanes
  WHERE program = ? AND priority = ? AND ready_at <= ? ORDER BY ready_at, head_id LIMIT ?`
const [DUE, DUE_OR_LOST] = [due('0'), due('lost_attempts')]
const [READY_LANES, READY_OR_LOST] = [
  readyLanes('0'),
  readyLanes('(SELECT lost_attempts FROM tasks WHERE id = head_id)'),
]
const LOST = `
  SELECT count(*) AS lost FROM tasks INDEXED BY tasks_lost
  WHERE state = 'waiting' AND lost_attempts > 0 AND program = ?`
const NO_LEVEL = 2 ** 31
// From program to program in an index, however many tasks each has.
const namesIn = (table: string, where: string) => `
  SELECT program FROM (WITH RECURSIVE named (program) AS (
    SELECT min(program) FROM ${table} WHERE ${where}
    UNION ALL
    SELECT (SELECT min(program) FROM ${table} WHERE ${where} AND program > named.program) FROM named
    WHERE named.program IS NOT NULL
  ) SELECT program FROM named WHERE program IS NOT NULL)`
const BUSY = [
  namesIn('tasks INDEXED BY tasks_waiting', "state = 'waiting' AND policy_key IS NULL"),
  namesIn('lanes', 'true'),
  namesIn('tasks INDEXED BY tasks_running', "state = 'running'"),
].join(' UNION ')

/** A waiting task without a key, or the first one of a lane. */
export interface TaskCandidate extends ClaimCandidate, PriorityLane {}

interface Search {
  readonly program: ClaimedProgram
  readonly slots: Slots
  readonly now: number
  readonly limit: number
}

interface LostSearch extends Search {
  /** Number of waiting tasks with lost attempts. The claim may pass over all of them. */
  readonly lost: number
}

/** Those of the programs of which a task waits or runs. The others need no look: there may be thousands. */
export function busyPrograms(
  database: SqliteDatabase,
  programs: readonly ClaimedProgram[],
): readonly ClaimedProgram[] {
  const busy = new Set(
    database
      .prepare(BUSY)
      .all()
      .map(({ program }) => program),
  )
  return programs.filter(({ name }) => busy.has(name))
}

/** At least the first `limit` tasks of a program for which there may be room, besides those with lost attempts. */
export function findCandidates(database: SqliteDatabase, search: Search): readonly TaskCandidate[] {
  const lost = Number(database.prepare(LOST).get(search.program.name)?.['lost'])
  const whole = { ...search, lost, limit: search.limit + lost }
  return [...dueTasks(database, whole), ...readyHeads(database, whole)]
}

/** Priorities of a program's waiting tasks without a key, the highest first. */
export function taskLevels(database: SqliteDatabase, program: string): Iterable<number> {
  return levels(database, LEVEL, program)
}

/** Priorities of a program's lanes, the highest first. */
export function laneLevels(database: SqliteDatabase, program: string): Iterable<number> {
  return levels(database, LANE_LEVEL, program)
}

function* levels(database: SqliteDatabase, sql: string, program: string): Iterable<number> {
  const statement = database.prepare(sql)
  for (let below = NO_LEVEL; ; ) {
    const level = statement.get(program, below)?.['priority']
    if (typeof level !== 'number') return
    yield level
    below = level
  }
}

function dueTasks(database: SqliteDatabase, search: LostSearch): readonly TaskCandidate[] {
  const { program, slots, now, limit, lost } = search
  const found: TaskCandidate[] = []
  if (slots.isFull(null)) return found
  const due = database.prepare(lost === 0 ? DUE : DUE_OR_LOST)
  for (const priority of taskLevels(database, program.name)) {
    for (const row of due.all(program.name, priority, now, limit - found.length)) {
      const [id, at] = [row['id'] as string, row['at'] as number]
      found.push({ program: program.name, key: null, priority, id, at, isLost: isLost(row) })
    }
    if (found.length >= limit) break
  }
  return found
}

function readyHeads(database: SqliteDatabase, search: LostSearch): readonly TaskCandidate[] {
  const { program, slots, now, limit, lost } = search
  const found: TaskCandidate[] = []
  const ready = database.prepare(lost === 0 ? READY_LANES : READY_OR_LOST)
  for (const priority of laneLevels(database, program.name)) {
    for (const row of ready.all(program.name, priority, now, limit + slots.fullKeys)) {
      const key = row['policy_key'] as string
      if (slots.isFull(key)) continue
      const [id, at] = [row['id'] as string, row['at'] as number]
      found.push({ program: program.name, key, priority, id, at, isLost: isLost(row) })
    }
    if (found.length >= limit) break
  }
  return found
}

function isLost(row: StoreRow): boolean {
  return Number(row['lost']) > 0
}
