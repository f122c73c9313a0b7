import { setTimeout as sleep } from 'node:timers/promises'
import type { PluginLogger } from '../../../../core/sdk/store.ts'
import { errorMessageOf } from '../../../../core/sdk/store.ts'
import { connectionSettings, type DatabaseSettings, quoted } from './database.ts'
import { loadPg } from './pg.ts'

const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 10_000
/** A connection that was cut silently is noticed only by a query. */
const CHECK_MS = 10_000
const CHECK_WITHIN_MS = 5_000

/** A connection of its own for notifications of other nodes. */
export interface Listener {
  close(): Promise<void>
}

interface ListenerSettings {
  readonly settings: DatabaseSettings
  readonly channel: string
  readonly onNotification: (payload: string) => void
  /** Called when it listens again after an interruption: notifications may have been missed. */
  readonly onReturn: () => void
  readonly logger: PluginLogger
}

/**
 * Resolves once it listens, and rejects if it cannot connect. Later it connects again whenever the connection is lost,
 * with growing pauses.
 */
export async function openListener(options: ListenerSettings): Promise<Listener> {
  const stopped = new AbortController()
  const first = await listen(stopped.signal, options)
  const running = keepListening(first, stopped.signal, options)
  return {
    async close() {
      stopped.abort()
      await running
    },
  }
}

async function keepListening(
  first: Listening,
  signal: AbortSignal,
  options: ListenerSettings,
): Promise<void> {
  await first.ended
  for (let failures = 0; !signal.aborted; failures++) {
    await sleep(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures), undefined, {
      signal,
    }).catch(() => {})
    if (signal.aborted) return
    try {
      const { ended } = await listen(signal, options)
      failures = -1
      options.onReturn()
      await ended
    } catch (error) {
      const fault = errorMessageOf(error)
      if (failures === 0) options.logger.warn({ fault }, 'the store cannot listen to other nodes')
    }
  }
}

/** A connection that listens. */
interface Listening {
  /** Resolves when it is lost, or when the signal is aborted. */
  readonly ended: Promise<void>
}

async function listen(
  signal: AbortSignal,
  { settings, channel, onNotification }: ListenerSettings,
): Promise<Listening> {
  const { Client } = loadPg()
  const client = new Client({ ...connectionSettings(settings), query_timeout: CHECK_WITHIN_MS })
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  client.on('error', () => end())
  client.on('end', () => end())
  client.on('notification', ({ payload }) => onNotification(payload ?? ''))
  signal.addEventListener('abort', () => end(), { once: true })
  let check: NodeJS.Timeout | undefined
  // Not awaited: a server that is gone does not answer.
  void ended.then(() => {
    clearInterval(check)
    client.end().catch(() => {})
  })
  try {
    await client.connect()
    await client.query(`LISTEN ${quoted(channel)}`)
  } catch (error) {
    end()
    throw error
  }
  if (!signal.aborted) check = setInterval(() => client.query('SELECT 1').catch(end), CHECK_MS)
  return { ended }
}
