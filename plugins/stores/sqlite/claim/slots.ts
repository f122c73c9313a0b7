import type { ClaimedProgram } from '../../../../core/sdk/store.ts'
import type { SqliteDatabase } from '../database/database.ts'
import type { Limits } from './limits.ts'

const RUNNING = `
  SELECT policy_key, count(*) AS tasks FROM tasks WHERE state = 'running' AND program = ? GROUP BY policy_key`

/** The room that a program's limits leave to its keys during one call. */
export interface Slots {
  /** Keys whose concurrency is used up. */
  readonly fullKeys: number
  isFull(key: string | null): boolean
  /** Counts one more running task. False if the limits leave no room: then nothing is counted. */
  take(key: string | null, now: number): boolean
}

const NO_LIMIT: Slots = { fullKeys: 0, isFull: () => false, take: () => true }

/** Costs nothing for a program without limits. */
export function openSlots(
  database: SqliteDatabase,
  program: ClaimedProgram,
  limits: Limits,
): Slots {
  const { name, concurrency, rateLimit } = program
  if (concurrency === null && rateLimit === null) return NO_LIMIT
  const running = new Map<string | null, number>()
  if (concurrency !== null) {
    for (const row of database.prepare(RUNNING).all(name)) {
      running.set(row['policy_key'] as string | null, row['tasks'] as number)
    }
  }
  const isFull = (key: string | null) =>
    concurrency !== null && (running.get(key) ?? 0) >= concurrency
  return {
    fullKeys: [...running.keys()].filter(isFull).length,
    isFull,
    take(key, now) {
      if (isFull(key)) return false
      if (rateLimit !== null && limits.readyAt(name, key) > now) return false
      running.set(key, (running.get(key) ?? 0) + 1)
      limits.countStart(name, key, now)
      return true
    },
  }
}
