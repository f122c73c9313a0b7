import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { eventsQuery, readQuery } from '../http/query.ts'
import { sendWithin } from '../http/send-within.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { EVENT_KINDS } from './changes.ts'

const HEARTBEAT_MS = 15_000
/** How often a stream looks whether its token or session is still in force. */
const CHECK_MS = 1000
/** How long a browser waits before it connects again. */
const RETRY_MS = 3000

/** `/api/events`: streams what changes, for pages that show it. */
export function eventRoutes(services: AppServices): Hono<HttpTypes> {
  const { liveChanges, stopping, logger } = services
  const routes = new Hono<HttpTypes>()

  routes.get('/', (context) => {
    const { kinds = EVENT_KINDS } = readQuery(eventsQuery, context.req.query())
    const isStillValid = context.get('isStillValid')
    return streamSSE(
      context,
      async (stream) => {
        const viewer = liveChanges.watch(new Set(kinds))
        stream.onAbort(() => viewer.notify())
        const send = (text: string) => sendWithin(stream, stream.write(text))
        try {
          // What changed before the subscription began, a page may not have seen.
          await send(`retry: ${RETRY_MS}\nevent: sync\ndata: {}\n\n`)
          let sentAt = performance.now()
          while (!stream.aborted && !stopping.aborted && isStillValid()) {
            const isQuiet = performance.now() - sentAt >= HEARTBEAT_MS
            const text = viewer.take() || (isQuiet ? ': heartbeat\n\n' : '')
            if (text === '') await viewer.wait(CHECK_MS)
            else {
              await send(text)
              sentAt = performance.now()
            }
          }
        } finally {
          viewer.dispose()
        }
      },
      async (error) => logger.error({ err: error }, 'a stream of events failed'),
    )
  })
  return routes
}
