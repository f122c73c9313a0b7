import { Command } from 'commander'
import type { TaskView } from '../../api/tasks/views.ts'
import { withTaskFilters } from '../jobs/filters.ts'
import { listCommand } from '../list-command.ts'
import { waitingForText } from './task.ts'

interface TaskPage {
  readonly tasks: readonly TaskView[]
  readonly next: string | null
}

/** `hookline tasks` */
export function tasksCommand(): Command {
  return listCommand(withTaskFilters(new Command('tasks')), {
    path: '/api/tasks',
    itemsOf: ({ tasks }: TaskPage) => tasks,
    none: 'No tasks.\n',
    columns: {
      TASK: ({ id }) => id,
      STATE: ({ state }) => state,
      PROGRAM: ({ program }) => program,
      EVENT: ({ source, type }) => `${source}.${type}`,
      RUNS: ({ attempts }) => attempts,
      CREATED: ({ createdAt }) => createdAt,
      REASON: reasonText,
    },
  })
}

/** Why a task is not running, or how it ended; empty if there is nothing to say. */
export function reasonText(task: TaskView): string {
  if (task.approval?.state === 'pending') return 'waits for an approval'
  // Absent in answers of older versions.
  if (task.pausedBy) return `${task.pausedBy.kind} ${task.pausedBy.name} is ${task.pausedBy.state}`
  const waitingFor = waitingForText(task)
  return waitingFor === null ? (task.reason ?? '') : `waits for ${waitingFor}`
}
