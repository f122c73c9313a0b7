import type { TaskFilter, TaskState } from '../../../core/index.ts'
import type { HandlerContext } from './context.ts'
import type { Handlers } from './messages.ts'
import { readPage } from './pages.ts'
import { toAttempt, toTask } from './rows.ts'

const TASK = 'SELECT * FROM tasks WHERE id = ?'
const ATTEMPTS = 'SELECT * FROM attempts WHERE task_id = ? ORDER BY number'
const COUNT = 'SELECT state, count(*) AS tasks FROM tasks GROUP BY state'

const FILTERS = [
  ['state', 'state = ?'],
  ['program', 'program = ?'],
  ['rule', 'rule = ?'],
  ['source', 'source = ?'],
  ['deliveryId', 'delivery_id = ?'],
] as const satisfies readonly (readonly [keyof TaskFilter, string])[]

/** Tasks as they are shown. */
export function createTaskHandlers({
  database,
}: HandlerContext): Handlers<'task' | 'attempts' | 'tasks' | 'countTasks'> {
  return {
    task([id]) {
      const row = database.prepare(TASK).get(id)
      return row === undefined ? null : toTask(row)
    },
    attempts: ([taskId]) => database.prepare(ATTEMPTS).all(taskId).map(toAttempt),
    tasks([filter]) {
      const where = FILTERS.flatMap(([key, sql]) => {
        const value = filter[key]
        return value === undefined ? [] : [[sql, value] as const]
      })
      const { after, limit } = filter
      return readPage(database, { select: 'SELECT * FROM tasks', where, after, limit }, toTask)
    },
    countTasks() {
      const counts = { waiting: 0, running: 0, succeeded: 0, dead: 0, cancelled: 0 }
      for (const row of database.prepare(COUNT).all()) {
        counts[row['state'] as TaskState] = row['tasks'] as number
      }
      return counts
    },
  }
}
