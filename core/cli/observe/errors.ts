import { Command } from 'commander'
import type { ErrorView } from '../../api/stats/routes.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { itemTable, nextPageText } from '../tables.ts'

interface Options extends ServiceOptions {
  readonly program?: string
  readonly since?: string
  readonly after?: string
  readonly limit: string
}

interface ErrorPage {
  readonly errors: readonly ErrorView[]
  readonly next: string | null
}

/** `hookline errors` */
export function errorsCommand(): Command {
  const command = new Command('errors')
    .option('--program <name>', 'only errors of this program')
    .option('--since <time>', 'only errors seen since then: 1h, 7d, 2026-01-31')
    .option('--limit <number>', 'how many, 1 to 200', '20')
    .option('--after <next>', 'start after this, as printed below the last page')
  return withServiceOptions(command).action((options: Options) => {
    const { program, since, after, limit } = options
    const query = { program, since, after, limit }
    return printAnswer(options, (client) => client.get<ErrorPage>('/api/errors', query), pageText)
  })
}

function pageText({ errors, next }: ErrorPage): string {
  if (errors.length === 0) return 'No task is dead.\n'
  const list = itemTable(errors, {
    TASKS: ({ count }) => count,
    PROGRAM: ({ program }) => program,
    REASON: ({ reason }) => reason,
    FIRST: ({ firstAt }) => firstAt,
    LAST: ({ lastAt }) => lastAt,
    'LAST TASK': ({ lastTask }) => lastTask,
  })
  return list + nextPageText(next)
}
