import { Command } from 'commander'
import type { TaskView } from '../api/views.ts'
import { print, printJson } from './print.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'
import { taskText } from './task.ts'

/** `hookline cancel` */
export function cancelCommand(): Command {
  const command = new Command('cancel')
    .description('cancel a task that waits or runs')
    .argument('<id>', 'the task')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(cancelTask)
}

async function cancelTask(id: string, options: ServiceOptions & { json?: true }): Promise<void> {
  const client = await openClient(options)
  const task = await client.post<TaskView>(`/api/tasks/${encodeURIComponent(id)}/cancel`)
  if (options.json) printJson(task)
  else print(taskText(task))
}
