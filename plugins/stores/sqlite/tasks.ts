import type { TaskFilter, TaskState } from '../../../core/index.ts'
import type { HandlerContext } from './context.ts'
import type { Handlers } from './messages.ts'
import { readPage } from './pages.ts'
import { toAttempt, toTask } from './rows.ts'

const TASK = 'SELECT * FROM tasks WHERE id = ?'
const ATTEMPTS = 'SELECT * FROM attempts WHERE task_id = ? ORDER BY number'
const COUNT = 'SELECT state, count(*) AS tasks FROM tasks GROUP BY state'

// The fewer tasks are left by one, the earlier it stands.
const FILTERS = [
  ['deliveryId', 'delivery_id = ?'],
  ['rule', 'rule = ?'],
  ['program', 'program = ?'],
  ['source', 'source = ?'],
  ['state', 'state = ?'],
] as const satisfies readonly (readonly [keyof TaskFilter, string])[]
/** The state that most tasks end in; only few are in any other. */
const COMMON_STATE = 'succeeded'

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
      const { after, limit } = filter
      const select = 'SELECT * FROM tasks'
      return readPage(database, { select, where: conditions(filter), after, limit }, toTask)
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

// Of several filters the first is read by its index, the others are checked row by row: the plus keeps SQLite, which
// does not know how many tasks each leaves, from using theirs.
function conditions(filter: TaskFilter): readonly (readonly [sql: string, value: string])[] {
  const given = FILTERS.flatMap(([key, sql]) => {
    const value = filter[key]
    return value === undefined ? [] : [{ key, sql, value }]
  })
  const isRare = (key: string) => key === 'state' && filter.state !== COMMON_STATE
  const first = filter.deliveryId === undefined ? given.find(({ key }) => isRare(key)) : undefined
  const leading = first ?? given[0]
  return given.map((one) => [one === leading ? one.sql : `+${one.sql}`, one.value])
}
