import { setTimeout as sleep } from 'node:timers/promises'
import type { QueueEvents } from 'bullmq'
import { type PluginContext, redisServer, withTimeLimit } from '../../../core/sdk/executor.ts'
import { loadBullmq, PACKAGES, type Place } from './session.ts'

/** Ends that come within so many milliseconds are told together. */
const GATHER_MS = 50
const REOPEN_MS = 1000
const CLOSE_MS = 3000

/** Calls `ended` with ids of jobs of the queue that have ended or were removed, until the returned function is called. */
export function watchQueue(
  place: Place,
  ended: (ids: readonly string[]) => void,
  logger: PluginContext['logger'],
): () => void {
  const stopped = new AbortController()
  let ids: string[] = []
  const tell = ({ jobId }: { readonly jobId: string }) => {
    ids.push(jobId)
    if (ids.length > 1) return
    setTimeout(() => {
      const gathered = ids
      ids = []
      if (!stopped.signal.aborted) ended(gathered)
    }, GATHER_MS)
  }
  const watch = async () => {
    while (!stopped.signal.aborted) {
      try {
        await listen(place, tell, stopped.signal)
      } catch {
        logger.debug(
          { program: place.program },
          'the events of a BullMQ queue are listened to again',
        )
      }
      await sleep(REOPEN_MS, undefined, { ref: false, signal: stopped.signal }).catch(() => {})
    }
  }
  void watch()
  return () => stopped.abort()
}

/** Listens until the connection is lost, or the signal is aborted. */
async function listen(
  { address, queue, prefix, program }: Place,
  tell: (event: { readonly jobId: string }) => void,
  signal: AbortSignal,
): Promise<void> {
  const { QueueEvents } = await loadBullmq()
  // BullMQ connects a copy of it.
  const connection = await redisServer.createRedis(PACKAGES, address, `${program}-events`)
  if (signal.aborted) return
  const events = new QueueEvents(queue, { connection, prefix, skipVersionCheck: true })
  const over = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => over.resolve())
  events.on('error', () => over.resolve())
  events.on('ioredis:close', () => over.resolve())
  for (const name of ['completed', 'failed', 'removed'] as const) events.on(name, tell)
  await over.promise
  await close(events)
}

async function close(events: QueueEvents): Promise<void> {
  await withTimeLimit(
    events.close().catch(() => {}),
    CLOSE_MS,
    () => {},
  )
}
