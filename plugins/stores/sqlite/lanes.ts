import type { Database } from './database.ts'
import type { Limits } from './limits.ts'

const FIRST = `
  SELECT id, due_at FROM tasks WHERE state = 'waiting' AND program = ? AND policy_key = ? AND priority = ?
  ORDER BY due_at, id LIMIT 1`
const KEEP = `
  INSERT INTO lanes (program, policy_key, priority, head_id, head_due_at, ready_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (program, policy_key, priority) DO UPDATE SET head_id = excluded.head_id,
    head_due_at = excluded.head_due_at, ready_at = excluded.ready_at`
const REMOVE = 'DELETE FROM lanes WHERE program = ? AND policy_key = ? AND priority = ?'
const REMOVE_KEY = 'DELETE FROM lanes WHERE program = ? AND policy_key = ?'
const OF_KEY = 'SELECT priority FROM lanes WHERE program = ? AND policy_key = ?'

/** Where a task stands. */
export interface Place {
  readonly program: string
  readonly key: string | null
  readonly priority: number
}

/** The first task of a key and when it may start. */
export interface Head {
  readonly id: string
  readonly readyAt: number
}

/** The first waiting task of each key. Whatever changes which tasks of a key wait, refreshes its lane. */
export interface Lanes {
  /** Answers the first task; null where none waits, or there is no key. */
  refresh(place: Place): Head | null
  /** All lanes of a key, after a start that its rate counts. */
  refreshKey(program: string, key: string): void
  /** None of the key's tasks waits any more. */
  removeKey(program: string, key: string): void
}

export function prepareLanes(database: Database, limits: Limits): Lanes {
  const first = database.prepare(FIRST)
  const keep = database.prepare(KEEP)
  const remove = database.prepare(REMOVE)
  const removeKey = database.prepare(REMOVE_KEY)
  const ofKey = database.prepare(OF_KEY)

  const refresh = ({ program, key, priority }: Place): Head | null => {
    if (key === null) return null
    const row = first.get(program, key, priority)
    if (row === undefined) {
      remove.run(program, key, priority)
      return null
    }
    const id = row['id'] as string
    const dueAt = row['due_at'] as number
    const readyAt = Math.max(dueAt, limits.readyAt(program, key))
    keep.run(program, key, priority, id, dueAt, readyAt)
    return { id, readyAt }
  }

  return {
    refresh,
    refreshKey(program, key) {
      for (const row of ofKey.all(program, key)) {
        refresh({ program, key, priority: row['priority'] as number })
      }
    },
    removeKey(program, key) {
      removeKey.run(program, key)
    },
  }
}
