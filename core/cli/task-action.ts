import { Command } from 'commander'
import type { TaskView } from '../api/views.ts'
import { print, printJson } from './print.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'
import { taskText } from './task.ts'

/** A command that does one thing to one task, and shows the task then. */
export function taskAction(name: 'cancel' | 'retry', description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument('<id>', 'the task')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(
    async (id: string, options: ServiceOptions & { json?: true }) => {
      const client = await openClient(options)
      const task = await client.post<TaskView>(`/api/tasks/${encodeURIComponent(id)}/${name}`)
      if (options.json) printJson(task)
      else print(taskText(task))
    },
  )
}
