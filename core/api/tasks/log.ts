import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { sendWithin } from '../http/send-within.ts'
import type { FirstServices, HttpTypes } from '../services.ts'
import { followTask } from './follow-task.ts'
import { logView } from './views.ts'

const HEARTBEAT_MS = 15_000

export interface LogStart {
  readonly taskId: string
  /** Sequence of the last chunk that the reader has. */
  readonly after: number
  /** Called when the stream has ended, also after an error. */
  readonly onEnd?: () => void
}

/** Streams a task's log as server-sent events until the task is settled: `log`, `state`, then `end`. */
export function followLog(
  context: Context<HttpTypes>,
  services: FirstServices,
  { taskId, after, onEnd }: LogStart,
): Response {
  // Absent for the sender of a webhook, which has no token.
  const isStillValid: (() => boolean) | undefined = context.get('isStillValid')
  return streamSSE(
    context,
    async (stream) => {
      const waiter = services.taskUpdates.watch(taskId)
      stream.onAbort(() => waiter.notify())
      let sentAt = Date.now()
      const send = (event: string, value: object, id?: string) => {
        sentAt = Date.now()
        const data = JSON.stringify(value)
        const message = id === undefined ? { event, data } : { event, data, id }
        return sendWithin(stream, stream.writeSSE(message))
      }
      try {
        const ended = await followTask(
          services,
          { taskId, after, waiter },
          {
            isGone: () => stream.aborted || isStillValid?.() === false,
            onState: (state) => send('state', { state }),
            onChunk: (chunk) => send('log', logView(chunk), String(chunk.sequence)),
            onIdle: async () => {
              if (Date.now() - sentAt < HEARTBEAT_MS) return
              sentAt = Date.now()
              await sendWithin(stream, stream.write(': heartbeat\n\n'))
            },
          },
        )
        if (ended !== null) await send('end', { state: ended.state, exitCode: ended.exitCode })
      } finally {
        waiter.dispose()
        onEnd?.()
      }
    },
    async (error) => services.logger.error({ taskId, err: error }, 'a log stream failed'),
  )
}
