import type { TaskView } from '../api/tasks/views.ts'
import { visible } from '../kit/visible.ts'
import { type ApiClient, apiPath } from './api-client.ts'
import { followTask, type LogView } from './follow-task.ts'
import { OutputPrinter, print } from './print.ts'

/** Prints the output of a task until it ends, and how it ended. If it did not succeed, the command exits with 1. */
export async function printToEnd(
  client: ApiClient,
  { id, program }: Pick<TaskView, 'id' | 'program'>,
): Promise<void> {
  const output = new OutputPrinter()
  const onLog = (chunk: LogView) => output.print(chunk)
  const state = await followTask({ client, taskId: id, onLog }).finally(() => output.end())
  if (state === 'succeeded') {
    print(`${program} (${id}): ${state}\n`)
    return
  }
  process.exitCode = 1
  const { reason, exitCode } = await client.get<TaskView>(apiPath`/api/tasks/${id}`)
  const why = reason ?? (exitCode === null ? 'no reason was recorded' : `exit code ${exitCode}`)
  print(`${program} (${id}): ${state}: ${visible(why)}\n`)
  print(`See \`hookline task ${id}\` and \`hookline logs ${id}\`.\n`)
}
