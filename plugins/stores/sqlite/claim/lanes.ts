import type { StoreRow } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'
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

/** The waiting tasks of one program, key and priority. Tasks without a key have no lane. */
export interface PriorityLane {
  readonly program: string
  readonly key: string | null
  readonly priority: number
}

/** The first task of a lane. */
export interface LaneHead {
  readonly id: string
  readonly readyAt: number
}

export type Lanes = ReturnType<typeof prepareLanes>

/** The first waiting task of each lane. Whatever changes which tasks of a lane wait must refresh it. */
export function prepareLanes(database: SqliteDatabase, limits: Limits) {
  const first = database.prepare(FIRST)
  const keep = database.prepare(KEEP)
  const remove = database.prepare(REMOVE)
  const removeKey = database.prepare(REMOVE_KEY)
  const ofKey = database.prepare(OF_KEY)

  const refresh = ({ program, key, priority }: PriorityLane): LaneHead | null => {
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
    /** Returns the first task; null if none waits, or if there is no key. */
    refresh,
    /** Refreshes all lanes of a key, after a start that its rate counts. */
    refreshKey(program: string, key: string): void {
      for (const row of ofKey.all(program, key)) {
        refresh({ program, key, priority: row['priority'] as number })
      }
    },
    /** Removes all lanes of a key, whose tasks all no longer wait. */
    removeKey(program: string, key: string): void {
      removeKey.run(program, key)
    },
  }
}

/** The lane of a task's row. */
export function laneOf(row: StoreRow): PriorityLane {
  return {
    program: row['program'] as string,
    key: row['policy_key'] as string | null,
    priority: row['priority'] as number,
  }
}
