import { Command } from 'commander'
import { followTask, type LogView } from './follow-task.ts'
import { printChunk } from './print.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

interface LogPage {
  readonly log: readonly LogView[]
  readonly next: number
}

/** `hookline logs` */
export function logsCommand(): Command {
  const command = new Command('logs')
    .description("print a task's output; standard error of the program goes to standard error")
    .argument('<id>', 'the task')
    .option('-f, --follow', 'go on until the task has ended')
  return withServiceOptions(command).action(printLog)
}

async function printLog(taskId: string, options: ServiceOptions & { follow?: true }) {
  const client = await openClient(options)
  if (options.follow) {
    await followTask({ client, taskId, onLog: printChunk })
    return
  }
  const path = `/api/tasks/${encodeURIComponent(taskId)}/log`
  for (let after = 0; ; ) {
    const page = await client.get<LogPage>(path, { after: String(after), limit: '1000' })
    for (const chunk of page.log) printChunk(chunk)
    if (page.log.length === 0 || page.next <= after) return
    after = page.next
  }
}
