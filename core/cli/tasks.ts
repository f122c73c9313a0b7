import { Command, Option } from 'commander'
import type { TaskView } from '../api/views.ts'
import { TASK_STATES } from '../contracts/task.ts'
import { print, printJson } from './print.ts'
import { table } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'
import { waitingForText } from './task.ts'

interface Options extends ServiceOptions {
  readonly state?: string
  readonly program?: string
  readonly rule?: string
  readonly source?: string
  readonly delivery?: string
  readonly after?: string
  readonly limit: string
  readonly json?: true
}

/** `hookline tasks` */
export function tasksCommand(): Command {
  const command = new Command('tasks')
    .description('list tasks, newest first')
    .addOption(new Option('--state <state>', 'only tasks in this state').choices(TASK_STATES))
    .option('--program <name>', 'only tasks of this program')
    .option('--rule <id>', 'only tasks of this rule')
    .option('--source <name>', 'only tasks of this source')
    .option('--delivery <id>', 'only tasks of this delivery')
    .option('--limit <number>', 'how many, 1 to 200', '20')
    .option('--after <next>', 'go on from here: what the last list gave as `next`')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(listTasks)
}

async function listTasks(options: Options): Promise<void> {
  const { state, program, rule, source, delivery, after, limit } = options
  const client = await openClient(options)
  const query = { state, program, rule, source, delivery, after, limit }
  const page = await client.get<{ tasks: TaskView[]; next: string | null }>('/api/tasks', query)
  if (options.json) return printJson(page)
  if (page.tasks.length === 0) return print('No tasks.\n')
  const rows = page.tasks.map((task) => [
    ...[task.id, task.state, task.program, `${task.source}.${task.type}`],
    ...[task.attempts, task.createdAt, waitsOrReason(task)],
  ])
  print(table([['TASK', 'STATE', 'PROGRAM', 'EVENT', 'RUNS', 'CREATED', 'REASON'], ...rows]))
  if (page.next !== null) print(`More: --after ${page.next}\n`)
}

function waitsOrReason(task: TaskView): string {
  const waitsFor = waitingForText(task)
  return waitsFor === null ? (task.reason ?? '') : `waits for ${waitsFor}`
}
