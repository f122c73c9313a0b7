import { Command } from 'commander'
import { type ApiClient, apiPath } from '../api-client.ts'
import { followTask, type LogView } from '../follow-task.ts'
import { OutputPrinter } from '../print.ts'
import { openClient, type ServiceOptions, withConnectionOptions } from '../service-client.ts'

interface LogPage {
  readonly log: readonly LogView[]
  readonly next: number
}

/** `hookline logs` */
export function logsCommand(): Command {
  const command = new Command('logs')
    .argument('<id>', 'id of the task')
    .option('-f, --follow', 'follow the output until the task is settled')
  return withConnectionOptions(command).action(printLog)
}

async function printLog(taskId: string, options: ServiceOptions & { follow?: true }) {
  const client = await openClient(options)
  const output = new OutputPrinter()
  const onLog = (chunk: LogView) => output.print(chunk)
  try {
    if (options.follow) await followTask({ client, taskId, onLog })
    else await eachChunk(client, taskId, onLog)
  } finally {
    output.end()
  }
}

async function eachChunk(client: ApiClient, taskId: string, onLog: (chunk: LogView) => void) {
  const path = apiPath`/api/tasks/${taskId}/log`
  for (let after = 0; ; ) {
    const page = await client.get<LogPage>(path, { after: String(after), limit: '1000' })
    for (const chunk of page.log) onLog(chunk)
    if (page.log.length === 0 || page.next <= after) return
    after = page.next
  }
}
