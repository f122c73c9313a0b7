import { DatabaseSync } from 'node:sqlite'

/** What a store holds: settled tasks, one for each delivery, and a few that are dead or wait for later. */
export interface Stored {
  readonly tasks: number
  readonly rules: number
}

const SOURCES = 5
const PROGRAMS = 10
const STEP = 100_000
/** One in so many is dead. */
const DEAD_IN = 20

/** Fills an SQLite store that is not open. What is projected from it later is left out: search and charts stay empty. */
export function fillSqlite(file: string, { tasks, rules }: Stored): void {
  const database = new DatabaseSync(file)
  try {
    database.exec(
      'PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA foreign_keys = OFF',
    )
    for (let from = 0; from < tasks; from += STEP) {
      database.exec(fill(from, Math.min(from + STEP, tasks), rules))
    }
  } finally {
    database.close()
  }
}

function fill(from: number, to: number, rules: number): string {
  const id = (prefix: string) => `'${prefix}_0' || printf('%012d', n)`
  const numbers = `WITH RECURSIVE numbers (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to - 1})`
  const source = `'source-' || (n % ${SOURCES})`
  const state = `CASE WHEN n % ${DEAD_IN} = 0 THEN 'dead' ELSE 'succeeded' END`
  return `BEGIN;
    ${numbers} INSERT INTO deliveries (id, source, received_at, method, path, headers, outcome, body)
    SELECT ${id('dlv')}, ${source}, n, 'POST', '/', '{}', 'accepted', CAST('{"a":1}' AS BLOB) FROM numbers;
    ${numbers} INSERT INTO events (delivery_id, id, position, source, type, sender_id, facts, decisions)
    SELECT ${id('dlv')}, ${id('evt')}, 0, ${source}, 'push', 's' || n, '{}', '[]' FROM numbers;
    ${numbers} INSERT INTO tasks (id, delivery_id, event_id, source, event_type, rule, program, state,
      created_at, due_at, started_at, ended_at, attempts, fence)
    SELECT ${id('tsk')}, ${id('dlv')}, ${id('evt')}, ${source}, 'push', 'rule-' || (n % ${rules}),
      'program-' || (n % ${PROGRAMS}), ${state}, n, n, n, n, 1, 1 FROM numbers;
    ${numbers} INSERT INTO attempts (task_id, number, node, started_at, ended_at, status)
    SELECT ${id('tsk')}, 1, 'bench', n, n, 'succeeded' FROM numbers;
    DELETE FROM unprojected_deliveries; DELETE FROM unprojected_ends;
    COMMIT`
}
