import type { Context } from 'hono'
import { streamText } from 'hono/streaming'
import type { TaskRecord } from '../contracts/task.ts'
import { followTask } from './follow-task.ts'
import { sendWithin } from './send-within.ts'
import type { AppServices, HttpTypes } from './services.ts'
import type { LogStart } from './task-log.ts'

/** Streams a task's output, both streams as they come, as plain text. The last line says how the task ended. */
export function streamOutput(
  context: Context<HttpTypes>,
  services: AppServices,
  { taskId, after, onEnd }: LogStart,
): Response {
  return streamText(
    context,
    async (stream) => {
      const bell = services.bells.watch(taskId)
      stream.onAbort(() => bell.ring())
      let isLineOpen = false
      try {
        const ended = await followTask(
          services,
          { taskId, after, bell },
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
        bell.end()
        onEnd?.()
      }
    },
    async (error) => services.logger.error({ taskId, err: error }, 'a stream of output broke off'),
  )
}

function endText({ state, exitCode }: TaskRecord): string {
  return exitCode === null ? state : `${state}, exit code ${exitCode}`
}
