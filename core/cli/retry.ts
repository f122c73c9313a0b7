import { Command } from 'commander'
import type { TaskView } from '../api/views.ts'
import { print, printJson } from './print.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'
import { taskText } from './task.ts'

/** `hookline retry` */
export function retryCommand(): Command {
  const command = new Command('retry')
    .description('run a task again that has ended')
    .argument('<id>', 'the task')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(retryTask)
}

async function retryTask(id: string, options: ServiceOptions & { json?: true }): Promise<void> {
  const client = await openClient(options)
  const task = await client.post<TaskView>(`/api/tasks/${encodeURIComponent(id)}/retry`)
  if (options.json) printJson(task)
  else print(taskText(task))
}
