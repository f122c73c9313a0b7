import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import { sendWithin } from '../http/send-within.ts'
import type { FirstServices, HttpTypes } from '../services.ts'

const CHUNKS_PER_READ = 200

/** Answers with the output of a task so far, as a text file. Colours of a terminal stay in it. */
export async function logFile(
  context: Context<HttpTypes>,
  { store, logger, stopping }: FirstServices,
  { taskId, after }: { readonly taskId: string; readonly after: number },
): Promise<Response> {
  const read = (from: number) => store.readLog(taskId, { after: from, limit: CHUNKS_PER_READ })
  let chunks = await read(after)
  context.header('Content-Type', 'text/plain; charset=utf-8')
  context.header('Content-Disposition', `inline; filename="${taskId}.log"`)
  return stream(
    context,
    async (output) => {
      while (!output.aborted && !stopping.aborted) {
        const last = chunks.at(-1)
        if (last === undefined) return
        await sendWithin(output, output.write(chunks.map(({ text }) => text).join('')))
        chunks = await read(last.sequence)
      }
    },
    async (error) => logger.error({ taskId, err: error }, 'a log could not be sent'),
  )
}
