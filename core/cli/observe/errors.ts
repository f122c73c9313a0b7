import { Command } from 'commander'
import type { ErrorView } from '../../api/stats/routes.ts'
import { listCommand } from '../list-command.ts'

interface ErrorPage {
  readonly errors: readonly ErrorView[]
  readonly next: string | null
}

/** `hookline errors` */
export function errorsCommand(): Command {
  const command = new Command('errors')
    .option('--program <name>', 'only errors of this program')
    .option('--since <time>', 'only errors seen since then: 1h, 7d, 2026-01-31')
  return listCommand(command, {
    path: '/api/errors',
    itemsOf: ({ errors }: ErrorPage) => errors,
    none: 'No task is dead.\n',
    columns: {
      TASKS: ({ count }) => count,
      PROGRAM: ({ program }) => program,
      REASON: ({ reason }) => reason,
      FIRST: ({ firstAt }) => firstAt,
      LAST: ({ lastAt }) => lastAt,
      'LAST TASK': ({ lastTask }) => lastTask,
    },
  })
}
