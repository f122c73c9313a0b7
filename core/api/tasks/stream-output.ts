import type { Context } from 'hono'
import { streamText } from 'hono/streaming'
import type { TaskRecord } from '../../contracts/task.ts'
import { sendWithin } from '../http/send-within.ts'
import type { FirstServices, HttpTypes } from '../services.ts'
import { followTask } from './follow-task.ts'
import type { LogStart } from './log.ts'

/** Streams a task's standard output and standard error as plain text. The last line says how the task ended. */
export function streamOutput(
  context: Context<HttpTypes>,
  services: FirstServices,
  { taskId, after, onEnd }: LogStart,
): Response {
  return streamText(
    context,
    async (stream) => {
      const waiter = services.taskUpdates.watch(taskId)
      stream.onAbort(() => waiter.notify())
      let isLineOpen = false
      try {
        const ended = await followTask(
          services,
          { taskId, after, waiter },
          {
            isGone: () => stream.aborted,
            onChunk: ({ text }) => {
              isLineOpen = !text.endsWith('\n')
              return sendWithin(stream, stream.write(text))
            },
          },
        )
        const end = ended === null ? 'not ended yet' : endText(ended)
        const line = `${isLineOpen ? '\n' : ''}[hookline] task ${taskId}: ${end}\n`
        await sendWithin(stream, stream.write(line))
      } finally {
        waiter.dispose()
        onEnd?.()
      }
    },
    async (error) => services.logger.error({ taskId, err: error }, 'an output stream failed'),
  )
}

function endText({ state, exitCode }: TaskRecord): string {
  return exitCode === null ? state : `${state}, exit code ${exitCode}`
}
