import { Command } from 'commander'
import type { TaskView } from '../../api/tasks/views.ts'
import { firstResults } from '../first-results.ts'
import { filterOf, withTaskFilters } from '../jobs/filters.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { itemTable, nextPageText } from '../tables.ts'
import { waitingForText } from './task.ts'

interface Options extends ServiceOptions {
  readonly after?: string
  readonly limit: string
}

interface TaskPage {
  readonly tasks: readonly TaskView[]
  readonly next: string | null
}

/** `hookline tasks` */
export function tasksCommand(): Command {
  const command = withTaskFilters(new Command('tasks'))
    .option('--limit <number>', 'how many, 1 to 200', '20')
    .option('--after <next>', 'start after this task, as printed below the last page')
  return withServiceOptions(command).action(listTasks)
}

function listTasks(options: Options): Promise<void> {
  const { after, limit } = options
  const query = { ...filterOf(options), after, limit }
  return printAnswer(
    options,
    (client) =>
      firstResults(
        (more) => client.get<TaskPage>('/api/tasks', { ...query, ...more }),
        ({ tasks }) => tasks,
      ),
    pageText,
  )
}

function pageText({ tasks, next }: TaskPage): string {
  if (tasks.length === 0) return 'No tasks.\n'
  const list = itemTable(tasks, {
    TASK: ({ id }) => id,
    STATE: ({ state }) => state,
    PROGRAM: ({ program }) => program,
    EVENT: ({ source, type }) => `${source}.${type}`,
    RUNS: ({ attempts }) => attempts,
    CREATED: ({ createdAt }) => createdAt,
    REASON: reasonText,
  })
  return list + nextPageText(next)
}

function reasonText(task: TaskView): string {
  if (task.approval?.state === 'pending') return 'waits for an approval'
  const waitingFor = waitingForText(task)
  return waitingFor === null ? (task.reason ?? '') : `waits for ${waitingFor}`
}
