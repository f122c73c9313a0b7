import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { followTask } from './follow-task.ts'
import { sendWithin } from './send-within.ts'
import type { AppServices, HttpTypes } from './services.ts'
import { logView } from './views.ts'

const HEARTBEAT_MS = 15_000

export interface LogStart {
  readonly taskId: string
  /** Sequence of the last chunk that the reader has. */
  readonly after: number
  /** Called when the stream has ended, however it did. */
  readonly onEnd?: () => void
}

/** Streams a task's log as server-sent events until the task is settled: `log`, `state`, then `end`. */
export function followLog(
  context: Context<HttpTypes>,
  services: AppServices,
  { taskId, after, onEnd }: LogStart,
): Response {
  // A sender that waits for its answer has no token that could end.
  const holds: (() => boolean) | undefined = context.get('holds')
  return streamSSE(
    context,
    async (stream) => {
      const bell = services.bells.watch(taskId)
      stream.onAbort(() => bell.ring())
      let toldAt = Date.now()
      const send = (event: string, value: object, id?: string) => {
        toldAt = Date.now()
        const data = JSON.stringify(value)
        const message = id === undefined ? { event, data } : { event, data, id }
        return sendWithin(stream, stream.writeSSE(message))
      }
      try {
        const ended = await followTask(
          services,
          { taskId, after, bell },
          {
            isGone: () => stream.aborted || holds?.() === false,
            onState: (state) => send('state', { state }),
            onChunk: (chunk) => send('log', logView(chunk), String(chunk.sequence)),
            onQuiet: async () => {
              if (Date.now() - toldAt < HEARTBEAT_MS) return
              toldAt = Date.now()
              await sendWithin(stream, stream.write(': still here\n\n'))
            },
          },
        )
        if (ended !== null) await send('end', { state: ended.state, exitCode: ended.exitCode })
      } finally {
        bell.end()
        onEnd?.()
      }
    },
    async (error) => services.logger.error({ taskId, err: error }, 'a stream of a log broke off'),
  )
}
