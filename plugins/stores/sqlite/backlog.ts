import type { ProgramBacklog } from '../../../core/index.ts'
import type { HandlerContext } from './context.ts'
import type { Handlers } from './messages.ts'

// Each within one small index, which SQLite would not choose by itself.
const WAITING = `
  SELECT program, count(*) AS tasks, min(due_at) AS due FROM tasks INDEXED BY tasks_waiting
  WHERE state = 'waiting' AND policy_key IS NULL GROUP BY program`
const WAITING_OF_KEYS = `
  SELECT program, count(*) AS tasks, min(due_at) AS due FROM tasks INDEXED BY tasks_waiting_of_key
  WHERE state = 'waiting' AND policy_key IS NOT NULL GROUP BY program`
const RUNNING = `
  SELECT program, count(*) AS tasks FROM tasks INDEXED BY tasks_running
  WHERE state = 'running' GROUP BY program`

/** What waits and runs of each program. */
export function createBacklogHandler({ database }: HandlerContext): Handlers<'backlog'> {
  return {
    backlog() {
      const found = new Map<string, ProgramBacklog>()
      const of = (program: string): ProgramBacklog =>
        found.get(program) ?? { program, waiting: 0, running: 0, oldestDueAt: null }
      for (const sql of [WAITING, WAITING_OF_KEYS]) {
        for (const row of database.prepare(sql).all()) {
          const before = of(row['program'] as string)
          const due = row['due'] as number
          found.set(before.program, {
            ...before,
            waiting: before.waiting + (row['tasks'] as number),
            oldestDueAt: Math.min(before.oldestDueAt ?? due, due),
          })
        }
      }
      for (const row of database.prepare(RUNNING).all()) {
        const before = of(row['program'] as string)
        found.set(before.program, { ...before, running: row['tasks'] as number })
      }
      return [...found.values()].toSorted((one, other) => (one.program < other.program ? -1 : 1))
    },
  }
}
